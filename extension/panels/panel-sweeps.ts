import * as vscode from 'vscode';
import type { RunSweep } from '../../engine/report/payload';
import { summaryFile, sweepOfRow } from '../../engine/report/run-sweep';
import type { Engine } from '../engine/engine';
import type { RunStore, StoredRun } from '../runs/run-store';

/**
 * What sweeps found, for panels of their rows: read from the summary that the engine writes. The engine is asked for a
 * new one where a row has finished since.
 */
export class PanelSweeps {
  private readonly read = new Map<string, { stamp: number; summary: unknown }>();
  /** When the last row had finished for which the engine was asked, by sweep. */
  private readonly asked = new Map<string, string>();

  constructor(
    private readonly engine: Engine,
    private readonly store: RunStore,
  ) {}

  async of(run: StoredRun): Promise<RunSweep | undefined> {
    const { sweep } = run.record;
    if (sweep?.row === undefined) return undefined;
    const file = run.uri.with({ path: summaryFile(run.uri.path, sweep) });
    let stamp = await changedAt(file);
    if (await this.renew(run, sweep.id, stamp)) stamp = await changedAt(file);
    if (stamp === undefined) return undefined;
    const key = file.toString();
    let known = this.read.get(key);
    if (known?.stamp !== stamp) {
      known = { stamp, summary: await readJson(file) };
      this.read.set(key, known);
    }
    return sweepOfRow(known.summary, sweep.row);
  }

  /** Says whether the summary was written anew. */
  private async renew({ folder, uri }: StoredRun, id: string, stamp: number | undefined): Promise<boolean> {
    if (!vscode.workspace.isTrusted || uri.scheme !== 'file') return false;
    const ends = this.store.runs.flatMap(({ record, state, folder: other }) =>
      state === 'finished' && record.sweep?.id === id && record.sweep.row !== undefined && other === folder
        ? (record.finishedAt ?? record.updatedAt)
        : [],
    );
    const last = ends.sort().at(-1);
    const key = `${folder.uri.toString()} ${id}`;
    if (last === undefined || Date.parse(last) < (stamp ?? 0) || this.asked.get(key) === last) return false;
    this.asked.set(key, last);
    const path = folder.uri.fsPath;
    const { exitCode } = await this.engine.ask(['sweep', 'show', id, '--json', '--workspace', path], path);
    return exitCode === 0;
  }
}

async function changedAt(file: vscode.Uri): Promise<number | undefined> {
  try {
    return (await vscode.workspace.fs.stat(file)).mtime;
  } catch {
    return undefined;
  }
}

async function readJson(file: vscode.Uri): Promise<unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
  } catch {
    return undefined;
  }
}
