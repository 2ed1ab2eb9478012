import * as vscode from 'vscode';
import { stageNames, type StageName } from '../../engine/run/format';
import type { Engine } from '../engine/engine';
import type { RunManager } from '../runs/run-manager';
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
  const { text, name, device } = await readSaved(study);
  if (text === undefined) return;
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
async function readSaved(uri: vscode.Uri): Promise<{ text: string | undefined; name: string; device: string }> {
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.isDirty && !(await document.save())) return { text: undefined, name: '', device: '' };
  const text = document.getText();
  // Loaded when it is needed: reading studies is a large part of the bundle.
  const { parseStudy } = await import('../../engine/study/parse');
  const { study, errors } = parseStudy(text, uri.fsPath);
  const name = vscode.workspace.asRelativePath(uri, false);
  if (study) return { text, name: study.name, device: study.device };
  const [first] = errors;
  const show = vscode.l10n.t('Show Problems');
  const message = vscode.l10n.t('{0} has problems and was not run: {1}', name, first?.message ?? '');
  void vscode.window.showErrorMessage(message, show).then(async (picked) => {
    if (picked !== show) return;
    await vscode.window.showTextDocument(uri);
    await vscode.commands.executeCommand('workbench.actions.view.problems');
  });
  return { text: undefined, name, device: '' };
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
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Drawing the example’s images…') },
    async () => {
      const { exitCode, stderr } = await engine.ask(['example', target.fsPath], folder.uri.fsPath, 300_000);
      if (exitCode !== 0) throw new Error(stderr.trim().split('\n')[0]);
    },
  );
  const [study] = await vscode.workspace.findFiles(new vscode.RelativePattern(target, '*.eigenprobe.json'), null, 1);
  const uri = study ?? vscode.Uri.joinPath(target, 'sketch-photo.eigenprobe.json');
  await vscode.window.showTextDocument(uri);
  return uri;
}
