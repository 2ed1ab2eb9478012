import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { Engine } from '../engine/engine';
import { lastWords, launch } from '../engine/launch';
import { chooseStudy, folderOf } from '../study/choose-study';
import type { Failures } from '../support/failures';
import { failedCount, isActive } from './sweep-list';
import { SweepTree, type SweepNode, type SweepOfFolder } from './sweep-tree';

export interface SweepParts {
  engine: Engine;
  failures: Failures;
  log: vscode.LogOutputChannel;
  /** Where the output of the processes goes. */
  logFolder: string;
}

/** The view of sweeps and its commands: submit, cancel, retry what failed, open the table. */
export function registerSweeps(parts: SweepParts): vscode.Disposable & { tree: SweepTree } {
  const { engine, failures, log } = parts;
  const tree = new SweepTree(engine, log);
  const view = vscode.window.createTreeView('eigenprobe.sweeps', { treeDataProvider: tree, showCollapseAll: true });
  const actions: Record<string, (given?: unknown) => unknown> = {
    submitSweep: async (given) => {
      const study = await chooseStudy(given instanceof vscode.Uri ? given : undefined);
      if (study) await submit(parts, tree, study, []);
    },
    retrySweep: async (given) => {
      const sweep = await chosen(tree, given, (one) => failedCount(one) > 0);
      if (sweep) await submit(parts, tree, vscode.Uri.joinPath(sweep.folder.uri, sweep.study), ['--retry']);
    },
    resumeSweep: async (given) => {
      const sweep = await chosen(tree, given, (one) => !isActive(one));
      if (sweep) await submit(parts, tree, vscode.Uri.joinPath(sweep.folder.uri, sweep.study), []);
    },
    cancelSweep: async (given) => {
      const sweep = await chosen(tree, given, isActive);
      if (!sweep) return;
      const path = sweep.folder.uri.fsPath;
      const { exitCode, stderr } = await engine.ask(['sweep', 'cancel', sweep.id, '--workspace', path], path);
      if (exitCode !== 0) throw new Error(stderr.trim().split('\n')[0]);
      await tree.refresh();
    },
    openSweepTable: async (given) => {
      const sweep = await chosen(tree, given, () => true);
      if (!sweep) return;
      const path = sweep.folder.uri.fsPath;
      // Showing a sweep writes its tables as they are now.
      const { exitCode, stderr } = await engine.ask(['sweep', 'show', sweep.id, '--workspace', path], path);
      if (exitCode !== 0) throw new Error(stderr.trim().split('\n')[0]);
      const table = vscode.Uri.joinPath(sweep.folder.uri, '.eigenprobe', 'sweeps', sweep.id, 'table.md');
      await vscode.commands.executeCommand('markdown.showPreview', table);
    },
    refreshSweeps: () => tree.refresh(),
  };
  return Object.assign(
    vscode.Disposable.from(
      tree,
      view,
      view.onDidChangeVisibility(({ visible }) => tree.setVisible(visible)),
      ...Object.entries(actions).map(([name, action]) =>
        vscode.commands.registerCommand(`eigenprobe.${name}`, async (given?: unknown) => {
          try {
            return await action(given);
          } catch (error) {
            failures.show(error);
            return undefined;
          }
        }),
      ),
    ),
    { tree },
  );
}

/** Says what would be computed, asks, and starts the engine in a session of its own, which outlives the window. */
async function submit(
  { engine, failures, log, logFolder }: SweepParts,
  tree: SweepTree,
  study: vscode.Uri,
  more: readonly string[],
): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t('Sweeps are computed in trusted workspaces only.'));
  const folder = folderOf(study).uri.fsPath;
  const args = ['sweep', study.fsPath, '--workspace', folder, '--json'];
  const { stdout, stderr, exitCode } = await engine.ask([...args, '--plan'], folder, { timeout: 300_000 });
  if (exitCode !== 0) throw new Error(stderr.trim().split('\n')[0]);
  const plan = JSON.parse(stdout) as { name: string; rows: number; finishedRows: number; sharedTasks: number };
  const missing = plan.rows - plan.finishedRows;
  if (missing === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('All {0} rows of {1} are done.', plan.rows, plan.name));
    await tree.refresh();
    return;
  }
  const compute = vscode.l10n.t('Compute');
  const question = vscode.l10n.t('Compute {0} of the {1} rows of {2}?', missing, plan.rows, plan.name);
  const detail = vscode.l10n.t(
    '{0} rows are done. {1} tasks compute what several rows read.',
    plan.finishedRows,
    plan.sharedTasks,
  );
  if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, compute)) !== compute) return;
  const logFile = vscode.Uri.joinPath(vscode.Uri.file(logFolder), `sweep-${randomUUID()}.log`).fsPath;
  const node = await engine.node();
  const started = await launch(node, engine.program, [...args, ...more], { cwd: folder, logFile });
  log.info(`The sweep of ${study.fsPath} runs in process ${started.pid} (output in ${logFile}).`);
  tree.expect();
  void started.ended.then(async (code) => {
    await tree.refresh();
    if (code === 0 || code === null || code === 130) return;
    const words = code === 1 ? await lastWords(logFile) : undefined;
    failures.show(
      new Error(words ?? vscode.l10n.t('Rows of {0} have no result; the view of sweeps says why.', plan.name)),
    );
  });
}

/** The sweep that a command is about: the one given by the tree, the only one that fits, or one picked. */
async function chosen(
  tree: SweepTree,
  given: unknown,
  fits: (sweep: SweepOfFolder) => boolean,
): Promise<SweepOfFolder | undefined> {
  if (typeof given === 'object' && given !== null && 'kind' in given) return (given as SweepNode).sweep;
  await tree.refresh();
  const found = tree.sweeps.filter(fits);
  if (found.length === 0) throw new Error(vscode.l10n.t('There is no such sweep in this workspace.'));
  if (found.length === 1) return found[0];
  const items = found.map((sweep) => ({ label: sweep.name, description: sweep.id, sweep }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Sweep') }))?.sweep;
}
