import * as vscode from 'vscode';
import type { RunManager } from '../runs/run-manager';
import { stateName, shortTime } from '../runs/run-item';
import type { RunStore, StoredRun } from '../runs/run-store';
import { cite, type RunNode } from '../runs/run-tree';
import { headline } from '../runs/figures';

/** The runs that a command is about, from what the editor hands over: nodes of the tree, runs, or their keys. */
export function runsFrom(store: RunStore, ...args: unknown[]): StoredRun[] {
  const runs = args.flat().flatMap((arg): StoredRun[] => {
    if (typeof arg === 'string') return [store.get(arg)].filter((run) => run !== undefined);
    if (typeof arg !== 'object' || arg === null) return [];
    if ('kind' in arg) {
      const node = arg as RunNode;
      if (node.kind === 'group') return [...node.group.runs];
      return node.kind === 'queued' ? [] : [store.get(node.run.key) ?? node.run];
    }
    return 'key' in arg && typeof arg.key === 'string' ? [store.get(arg.key)].filter((run) => run !== undefined) : [];
  });
  return [...new Map(runs.map((run) => [run.key, run])).values()];
}

/** Lets the user pick among the runs that fit; the only one there is is taken at once where `alone` says so. */
export async function pickRuns(
  store: RunStore,
  placeHolder: string,
  fits: (run: StoredRun) => boolean,
  { many = false, alone = false } = {},
): Promise<StoredRun[] | undefined> {
  await store.ready();
  const runs = store.runs.filter(fits);
  if (runs.length === 0) throw new Error(vscode.l10n.t('There is no such run in this workspace.'));
  if (alone && runs.length === 1) return [...runs];
  const items = await Promise.all(
    runs.map(async (run) => ({
      label: run.record.study.name,
      // Rows of a sweep begin together and bear one name.
      description: [run.record.sweep?.label, shortTime(run.record.startedAt), stateName(run.state)]
        .filter(Boolean)
        .join(' · '),
      detail: headline((await store.resultsOf(run))?.figures ?? []) || run.record.id,
      run,
    })),
  );
  const options = { placeHolder, matchOnDescription: true, matchOnDetail: true };
  if (!many) {
    const picked = await vscode.window.showQuickPick(items, options);
    return picked && [picked.run];
  }
  const picked = await vscode.window.showQuickPick(items, { ...options, canPickMany: true });
  return picked && picked.length > 0 ? picked.map(({ run }) => run) : undefined;
}

/** Goes on with a run, with its study as it was then. */
export async function resume(manager: RunManager, run: StoredRun): Promise<void> {
  const { record, state, folder } = run;
  if (state === 'running' || state === 'finished') {
    throw new Error(vscode.l10n.t('This run is {0}; there is nothing to resume.', stateName(state)));
  }
  await manager.enqueue({
    workspace: folder.uri.fsPath,
    resume: record.id,
    name: record.study.name,
    device: record.device.name,
  });
}

/** The file that a run was made of. Throws where it is gone. */
export async function studyOfRun({ record, folder }: StoredRun): Promise<vscode.Uri> {
  const study = vscode.Uri.joinPath(folder.uri, ...record.study.path.split(/[\\/]/));
  const there = await vscode.workspace.fs.stat(study).then(
    () => true,
    () => false,
  );
  if (!there) throw new Error(vscode.l10n.t('The study {0} is not there any more.', record.study.path));
  return study;
}

/** Computes a run's study again, as the file has it now, in a new run directory. */
export async function rerun(manager: RunManager, run: StoredRun): Promise<void> {
  const { record, folder } = run;
  const study = await studyOfRun(run);
  await manager.enqueue({
    workspace: folder.uri.fsPath,
    study: study.fsPath,
    name: record.study.name,
    device: record.device.name,
    fresh: true,
  });
}

/** Deletes run directories, after asking. What the cache holds stays. */
export async function deleteRuns(store: RunStore, runs: readonly StoredRun[]): Promise<void> {
  const running = runs.find(({ state }) => state === 'running');
  if (running) throw new Error(vscode.l10n.t('{0} is running; cancel it first.', running.record.study.name));
  const [first] = runs;
  if (!first) return;
  const remove = vscode.l10n.t('Delete');
  const what =
    runs.length === 1
      ? vscode.l10n.t('Delete the run of {0} from {1}?', first.record.study.name, shortTime(first.record.startedAt))
      : vscode.l10n.t('Delete {0} runs?', runs.length);
  const detail = vscode.l10n.t('Its directory with all figures and weights is removed. This cannot be undone.');
  if ((await vscode.window.showWarningMessage(what, { modal: true, detail }, remove)) !== remove) return;
  for (const { uri } of runs) await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: false });
  await store.refresh();
}

export async function copyCitation(store: RunStore, runs: readonly StoredRun[]): Promise<void> {
  const lines = await Promise.all(runs.map(async (run) => cite(run, await store.resultsOf(run))));
  await vscode.env.clipboard.writeText(lines.join('\n'));
}

/** The runs that are computing, waiting or starting: go to one, or stop it. */
export async function showRunning(store: RunStore, manager: RunManager): Promise<void> {
  type Item = vscode.QuickPickItem & { cancel?: () => unknown };
  const stop: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('debug-stop'),
    tooltip: vscode.l10n.t('Cancel'),
  };
  const items = (): Item[] => [
    ...store.runs
      .filter(({ state }) => state === 'running')
      .map((run) => ({
        label: `$(sync~spin) ${run.record.study.name}`,
        description: shortTime(run.record.startedAt),
        buttons: [stop],
        cancel: () => manager.cancel(run),
      })),
    ...manager.queue.map((request) => ({
      label: `$(clock) ${request.name}`,
      description: vscode.l10n.t('waiting'),
      buttons: [stop],
      cancel: () => manager.dequeue(request.id),
    })),
  ];
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = vscode.l10n.t('Eigenprobe Runs');
  pick.items = items();
  pick.onDidTriggerItemButton(({ item }) => void item.cancel?.());
  pick.onDidAccept(() => {
    pick.hide();
    void vscode.commands.executeCommand('eigenprobe.runs.focus');
  });
  const subscription = store.onDidChange((change) => {
    if (change === 'runs') pick.items = items();
  });
  pick.onDidHide(() => {
    subscription.dispose();
    pick.dispose();
  });
  pick.show();
}
