import * as vscode from 'vscode';
import { readPayload } from '../../engine/report/page';
import { showReport } from '../panels/report-panel';
import { newestFirst, readRunSummary, runItem, type RunSummary } from '../runs/run-items';

interface Run {
  folder: vscode.Uri;
  run: RunSummary;
}

/** Lets the user pick one of the workspace's runs and shows its report. */
export async function openReport(extensionUri: vscode.Uri): Promise<void> {
  const runs = await findRuns();
  if (runs.length === 0)
    throw new Error(vscode.l10n.t('There is no run in this workspace; run a study with "Eigenprobe: Run Study".'));
  const picked = await vscode.window.showQuickPick(
    runs.map((run) => ({ ...runItem(run.run), run })),
    { placeHolder: vscode.l10n.t('Run'), matchOnDescription: true, matchOnDetail: true },
  );
  if (!picked) return;
  const { folder, run } = picked.run;
  const text = await readText(vscode.Uri.joinPath(folder, 'report.html'));
  if (text === undefined)
    throw new Error(
      vscode.l10n.t('This run has no report yet; in a terminal, "eigenprobe report {0}" writes it.', run.id),
    );
  const payload = readPayload(text);
  if (!payload)
    throw new Error(
      vscode.l10n.t(
        'The report was written by another version; in a terminal, "eigenprobe report {0}" writes it again.',
        run.id,
      ),
    );
  showReport(extensionUri, payload);
}

/** Runs of all workspace folders, newest first. */
async function findRuns(): Promise<Run[]> {
  const found: Run[] = [];
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    const runs = vscode.Uri.joinPath(uri, '.eigenprobe', 'runs');
    for (const [name, type] of await listFolder(runs)) {
      if ((type & vscode.FileType.Directory) === 0) continue;
      const folder = vscode.Uri.joinPath(runs, name);
      const run = readRunSummary((await readText(vscode.Uri.joinPath(folder, 'run.json'))) ?? '');
      if (run) found.push({ folder, run });
    }
  }
  return newestFirst(found);
}

async function listFolder(folder: vscode.Uri): Promise<[string, vscode.FileType][]> {
  try {
    return await vscode.workspace.fs.readDirectory(folder);
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return [];
    throw error;
  }
}

async function readText(file: vscode.Uri): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return undefined;
    throw error;
  }
}
