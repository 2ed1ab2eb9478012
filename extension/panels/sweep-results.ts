import * as vscode from 'vscode';
import type { RunStore, StoredRun } from '../runs/run-store';
import type { Failures } from '../support/failures';
import type { RunPanels } from './run-panels';

/** More rows than this nobody reads side by side; the sweep's table has all. */
const mostRows = 60;

/** Opens the finished rows of a sweep side by side, seeds together. */
export function registerSweepResults(store: RunStore, panels: RunPanels, failures: Failures): vscode.Disposable {
  return vscode.commands.registerCommand('eigenprobe.openSweepResults', async (given?: unknown) => {
    try {
      await store.ready();
      const id = sweepId(given) ?? (await pickSweep(store));
      if (id === undefined) return;
      const rows = rowsOf(store, id);
      if (rows.length === 0) throw new Error(vscode.l10n.t('No row of this sweep has finished yet.'));
      panels.show(rows.slice(0, mostRows));
      if (rows.length > mostRows)
        vscode.window.setStatusBarMessage(
          vscode.l10n.t('{0} of {1} rows are shown; the table of the sweep has all.', mostRows, rows.length),
          10_000,
        );
    } catch (error) {
      failures.show(error);
    }
  });
}

/** The finished rows of a sweep, by their numbers. */
function rowsOf(store: RunStore, id: string): StoredRun[] {
  return store.runs
    .filter(({ record, state }) => record.sweep?.id === id && record.sweep.row !== undefined && state === 'finished')
    .sort((a, b) => a.record.sweep!.row! - b.record.sweep!.row!);
}

/** The sweep that the view of sweeps gives. */
function sweepId(given: unknown): string | undefined {
  const sweep = typeof given === 'object' && given !== null && 'sweep' in given ? given.sweep : undefined;
  const id = typeof sweep === 'object' && sweep !== null && 'id' in sweep ? sweep.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

async function pickSweep(store: RunStore): Promise<string | undefined> {
  const ids = new Map(
    store.runs.flatMap(({ record, state }) =>
      record.sweep?.row !== undefined && state === 'finished' ? [[record.sweep.id, record.study.name] as const] : [],
    ),
  );
  if (ids.size === 0) throw new Error(vscode.l10n.t('No sweep of this workspace has a finished row.'));
  if (ids.size === 1) return [...ids.keys()][0];
  const items = [...ids].map(([description, label]) => ({ label, description }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Sweep') }))?.description;
}
