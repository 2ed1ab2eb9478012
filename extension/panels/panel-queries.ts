import * as vscode from 'vscode';
import type { Query } from '../../webview/contract';
import type { Engine } from '../engine/engine';
import type { StoredRun } from '../runs/run-store';
import { readRows, rowsIn } from './run-rows';

/** UMAP of many samples takes its time. */
const patienceMs = 600_000;

/** Asks the engine about a run and gives its answer; throws its sentence where it has none. */
export async function askEngine(engine: Engine, run: StoredRun, query: Query): Promise<unknown> {
  if (!vscode.workspace.isTrusted || run.uri.scheme !== 'file')
    throw new Error(vscode.l10n.t('Only a trusted workspace on a disk can have the engine compute.'));
  const folder = run.folder.uri.fsPath;
  const answer = await engine.ask([...queryArguments(query, run.uri.fsPath), '--json', '--workspace', folder], folder, {
    timeout: patienceMs,
  });
  if (answer.exitCode !== 0) {
    const [sentence] = answer.stderr.trim().split('\n');
    throw new Error(sentence?.replace(/^(error|Error): /, '') || vscode.l10n.t('The engine gave no answer.'));
  }
  return JSON.parse(answer.stdout);
}

function queryArguments(query: Query, run: string): string[] {
  switch (query.kind) {
    case 'clusters':
      return ['clusters', run, '--clusters', String(query.k)];
    case 'project':
      return ['project', run, '--method', query.method, '--of', query.space, '--limit', String(query.limit)];
    case 'path':
      return ['path', run, String(query.from), String(query.to)];
  }
}

/** Rows of a run's samples as they are stored. */
export async function sampleRows(run: StoredRun, rows: readonly number[]): Promise<Uint8Array | undefined> {
  const file = vscode.Uri.joinPath(run.uri, 'stages', 'data', 'values.npy');
  if (run.uri.scheme === 'file') return readRows(file.fsPath, rows);
  try {
    return rowsIn(await vscode.workspace.fs.readFile(file), rows);
  } catch {
    return undefined;
  }
}

/** Lets the user say where a figure is saved, and writes it there. */
export async function saveFile(run: StoredRun | undefined, name: string, bytes: Uint8Array): Promise<void> {
  const safe = name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, '-').replace(/^\.+/, '') || 'figure';
  const folder = run?.folder.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    defaultUri: folder && vscode.Uri.joinPath(folder, safe),
    title: vscode.l10n.t('Save Figure'),
  });
  if (target) await vscode.workspace.fs.writeFile(target, bytes);
}
