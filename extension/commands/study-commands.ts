import * as vscode from 'vscode';
import { stageNames, type StageName } from '../../engine/run/format';
import type { Engine } from '../engine/engine';
import type { RunManager } from '../runs/run-manager';
import { Mendable } from '../support/failures';
import { chooseStudy, folderOf } from '../study/choose-study';

/** Queues a run of a study, whole or one stage with what it reads. */
export async function runStudy(
  manager: RunManager,
  given: vscode.Uri | undefined,
  options: { stage?: string; fresh?: boolean } = {},
): Promise<void> {
  const study = await chooseStudy(given);
  if (!study) return;
  const folder = folderOf(study);
  const saved = await readSaved(study);
  if (!saved) return;
  const { name, device } = saved;
  await manager.enqueue({
    workspace: folder.uri.fsPath,
    study: study.fsPath,
    name: options.stage === undefined ? name : `${name}: ${options.stage}`,
    device,
    ...options,
  });
}

/** Asks for a stage where none is given, then runs it. */
export async function runStage(
  manager: RunManager,
  given: vscode.Uri | undefined,
  wanted: string | undefined,
): Promise<void> {
  const study = await chooseStudy(given);
  if (!study) return;
  const stage = stageNames.find((name) => name === wanted) ?? (await chooseStage(study));
  if (stage) await runStudy(manager, study, { stage });
}

async function chooseStage(study: vscode.Uri): Promise<StageName | undefined> {
  const { parseStudy } = await import('../../engine/study/parse');
  const { blockStages } = await import('../study/blocks');
  const document = await vscode.workspace.openTextDocument(study);
  const { study: read } = parseStudy(document.getText(), study.fsPath);
  const stages = blockStages.filter((stage) => stage === 'data' || !read || read[stage] !== undefined);
  const picked = await vscode.window.showQuickPick(stages, { placeHolder: vscode.l10n.t('Stage to run') });
  return picked as StageName | undefined;
}

/** The engine reads the file, not the editor: what is unsaved is saved first. */
async function readSaved(uri: vscode.Uri): Promise<{ name: string; device: string } | undefined> {
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (document?.isDirty && !(await document.save())) return undefined;
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  // Loaded when it is needed: reading studies is a large part of the bundle.
  const { parseStudy } = await import('../../engine/study/parse');
  const { missingData } = await import('../../engine/study/missing-data');
  const { study, errors } = parseStudy(text, uri.fsPath);
  const name = vscode.workspace.asRelativePath(uri, false);
  // A run that cannot even begin would only stand in the way of those that can.
  const problems = study ? missingData(study, text, uri.fsPath, folderOf(uri).uri.fsPath) : errors;
  if (study && problems.length === 0) return { name: study.name, device: study.device };
  const [first] = problems;
  throw new Mendable(vscode.l10n.t('{0} has problems and was not run: {1}', name, first?.message ?? ''), {
    title: vscode.l10n.t('Show Problems'),
    do: async () => {
      await vscode.window.showTextDocument(uri);
      await vscode.commands.executeCommand('workbench.actions.view.problems');
    },
  });
}

/** Writes the built-in example into a folder of the workspace and opens its study. */
export async function generateExample(engine: Engine): Promise<vscode.Uri | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const folder =
    folders.length > 1
      ? await vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('Where to write the example') })
      : folders[0];
  if (!folder) {
    if (folders.length === 0) throw new Error(vscode.l10n.t('Open a folder first: the example is written into it.'));
    return undefined;
  }
  const target = vscode.Uri.joinPath(folder.uri, 'eigenprobe-example');
  const isDrawn = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Drawing the example’s images…'),
      cancellable: true,
    },
    async (_, token) => {
      const options = { timeout: 300_000, token };
      const { exitCode, stderr } = await engine.ask(['example', target.fsPath], folder.uri.fsPath, options);
      if (token.isCancellationRequested) return false;
      if (exitCode !== 0) throw new Error(stderr.trim().split('\n')[0]);
      return true;
    },
  );
  if (!isDrawn) return undefined;
  // The smallest of the example's studies.
  const uri = vscode.Uri.joinPath(target, 'sketch-photo.eigenprobe.json');
  await vscode.window.showTextDocument(uri);
  return uri;
}
