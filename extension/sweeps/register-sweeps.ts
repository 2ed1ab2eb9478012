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

interface ShownTree {
  tree: SweepTree;
  view: vscode.TreeView<SweepNode>;
}

/** The view of sweeps and its commands: submit, cancel, retry what failed, open the table. */
export function registerSweeps(parts: SweepParts): vscode.Disposable & { tree: SweepTree } {
  const { engine, failures, log } = parts;
  const tree = new SweepTree(engine, log);
  const view = vscode.window.createTreeView('eigenprobe.sweeps', { treeDataProvider: tree, showCollapseAll: true });
  const shown = { tree, view };
  const actions: Record<string, (given?: unknown) => unknown> = {
    submitSweep: async (given) => {
      const study = await chooseStudy(given instanceof vscode.Uri ? given : undefined);
      if (study) await submit(parts, shown, study, []);
    },
    retrySweep: async (given) => {
      const sweep = await chosen(tree, given, (one) => failedCount(one) > 0);
      if (sweep) await submit(parts, shown, vscode.Uri.joinPath(sweep.folder.uri, sweep.study), ['--retry']);
    },
    resumeSweep: async (given) => {
      const sweep = await chosen(tree, given, (one) => !isActive(one) && one.rows.finished !== one.total);
      if (sweep) await submit(parts, shown, vscode.Uri.joinPath(sweep.folder.uri, sweep.study), []);
    },
    cancelSweep: async (given) => {
      const sweep = await chosen(tree, given, isActive);
      if (!sweep) return;
      const path = sweep.folder.uri.fsPath;
      await withProgress(() => askPlainly(engine, ['sweep', 'cancel', sweep.id, '--workspace', path], path));
      await tree.refresh();
    },
    openSweepTable: async (given) => {
      const sweep = await chosen(tree, given, () => true);
      if (!sweep) return;
      const path = sweep.folder.uri.fsPath;
      // Showing a sweep writes its tables as they are now.
      await withProgress(() => askPlainly(engine, ['sweep', 'show', sweep.id, '--workspace', path], path));
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

/** The bar above the view moves as long as something is asked for there. */
function withProgress<T>(act: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: { viewId: 'eigenprobe.sweeps' } }, act);
}

/** What the engine prints. Throws with its own sentence where it fails. */
async function askPlainly(engine: Engine, args: readonly string[], cwd: string, timeout = 60_000): Promise<string> {
  const { stdout, stderr, exitCode } = await engine.ask(args, cwd, { timeout });
  if (exitCode !== 0) throw new Error(stderr.trim().split('\n')[0]);
  return stdout;
}

/** What `eigenprobe sweep --plan --json` gives. */
interface Plan {
  /** Id of the sweep. */
  sweep: string;
  name: string;
  rows: number;
  finishedRows: number;
  sharedTasks: number;
}

/** Says what would be computed, asks, and starts the engine in a session of its own, which outlives the window. */
async function submit(
  { engine, failures, log, logFolder }: SweepParts,
  { tree, view }: ShownTree,
  study: vscode.Uri,
  more: readonly string[],
): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t('Sweeps are computed in trusted workspaces only.'));
  const folder = folderOf(study).uri.fsPath;
  const args = ['sweep', study.fsPath, '--workspace', folder, '--json'];
  // Large sweeps take seconds to plan.
  const planned = await withProgress(() => askPlainly(engine, [...args, '--plan'], folder, 300_000));
  const plan = JSON.parse(planned) as Plan;
  const missing = plan.rows - plan.finishedRows;
  if (missing === 0) {
    await tree.refresh();
    await offerTable(plan);
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
  // Where it can be watched; whoever writes in an editor goes on there.
  void tree.expect(plan.sweep).then((node) => view.reveal(node, { focus: false, expand: true }));
  void started.ended.then(async (code) => {
    await tree.refresh();
    if (code === 0) await offerTable(plan);
    // Cancelled, or ended by a signal: whoever did that knows.
    else if (code !== null && code !== 130)
      failures.show(new Error(`${plan.name}: ${(await lastWords(logFile)) ?? code}`));
  });
}

async function offerTable({ name, rows, sweep }: Plan): Promise<void> {
  const open = vscode.l10n.t('Open Table');
  const picked = await vscode.window.showInformationMessage(
    vscode.l10n.t('All {0} rows of {1} are done.', rows, name),
    open,
  );
  if (picked === open) await vscode.commands.executeCommand('eigenprobe.openSweepTable', { id: sweep });
}

/** The sweep that a command is about: the one given by the tree, the only one that fits, or one picked. */
async function chosen(
  tree: SweepTree,
  given: unknown,
  fits: (sweep: SweepOfFolder) => boolean,
): Promise<SweepOfFolder | undefined> {
  if (typeof given === 'object' && given !== null && 'kind' in given) return (given as SweepNode).sweep;
  await tree.refresh();
  const id = typeof given === 'object' && given !== null && 'id' in given ? given.id : undefined;
  const found = tree.sweeps.filter((sweep) => (id === undefined ? fits(sweep) : sweep.id === id));
  if (found.length === 0) throw new Error(vscode.l10n.t('There is no such sweep in this workspace.'));
  if (found.length === 1) return found[0];
  const items = found.map((sweep) => ({ label: sweep.name, description: sweep.id, sweep }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Sweep') }))?.sweep;
}
