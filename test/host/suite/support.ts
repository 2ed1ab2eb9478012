import * as vscode from 'vscode';
import type { Api } from '../../../extension/extension';
import type { StoredRun } from '../../../extension/runs/run-store';
import { waitUntil } from '../../support/until';

/** The extension's own parts. */
export async function api(): Promise<Api> {
  return (await vscode.extensions.getExtension('eigenprobe.eigenprobe')!.activate()) as Api;
}

export const folder = (): vscode.Uri => vscode.workspace.workspaceFolders![0]!.uri;
export const inFolder = (...path: string[]): vscode.Uri => vscode.Uri.joinPath(folder(), ...path);
export const studyUri = (): vscode.Uri => inFolder('shapes.eigenprobe.json');

/** Waits until something is there. */
export const until = <T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  timeoutMs = 30_000,
): Promise<T> => waitUntil(look, what, { timeoutMs, pauseMs: 50 });

export async function write(uri: vscode.Uri, text: string): Promise<void> {
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
}

export async function read(uri: vscode.Uri): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}

/** Runs a study by the command that people use and waits until it has ended. */
export async function runToEnd(study = studyUri()): Promise<StoredRun> {
  return newRun(() => vscode.commands.executeCommand('eigenprobe.runStudy', study));
}

/** Waits until the run that an action starts has ended. */
export async function newRun(start: () => Thenable<unknown>): Promise<StoredRun> {
  const { store } = await api();
  await store.ready();
  const before = new Set(store.runs.map(({ key }) => key));
  await start();
  return until(
    () => store.runs.find(({ key, state }) => !before.has(key) && state !== 'running'),
    'the run has ended',
    60_000,
  );
}

/** Replaces a whole document in its editor, without saving. */
export async function type(document: vscode.TextDocument, text: string): Promise<void> {
  // An edit is refused where the document is just being read anew from the disk.
  for (let attempt = 0; document.getText() !== text && attempt < 20; attempt++) {
    const edit = new vscode.WorkspaceEdit();
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    edit.replace(document.uri, document.validateRange(whole), text);
    await vscode.workspace.applyEdit(edit);
  }
}

/** Accepts what the quick inputs of a command offer, one after the other, until it has come to its end. */
export async function acceptAll<T>(command: Thenable<T>): Promise<T> {
  let isDone = false;
  const end = (): void => void (isDone = true);
  command.then(end, end);
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (!isDone) await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
  }
  return command;
}

/** The tabs that are open, by label. */
export const tabs = (): string[] =>
  vscode.window.tabGroups.all.flatMap((group) => group.tabs.map(({ label }) => label));
