import * as vscode from 'vscode';
import type { DatasetNode } from '../datasets/dataset-tree';
import { openSamples } from '../datasets/samples-panel';
import type { Devices } from '../engine/devices';
import type { Engine } from '../engine/engine';
import type { RunPanels } from '../panels/run-panels';
import { groupings, sortings, type Grouping, type Sorting } from '../runs/arrange';
import type { RunManager } from '../runs/run-manager';
import type { RunStore, StoredRun } from '../runs/run-store';
import type { RunNode, RunTree } from '../runs/run-tree';
import { chooseStudy } from '../study/choose-study';
import { resultKinds, toggle } from '../study/editor-settings';
import type { LazyEditorSupport } from '../study/lazy-editor-support';
import { Mendable, type Failures } from '../support/failures';
import { doctor } from './doctor';
import { openReport } from './open-report';
import { openStudyOf } from './open-study';
import { copyCitation, deleteRuns, pickRuns, rerun, resume, runsFrom, showRunning, studyOfRun } from './run-commands';
import { generateExample, runStage, runStudy } from './study-commands';

export interface CommandParts {
  context: vscode.ExtensionContext;
  engine: Engine;
  devices: Devices;
  store: RunStore;
  manager: RunManager;
  tree: RunTree;
  runsView: vscode.TreeView<RunNode>;
  panels: RunPanels;
  editor: LazyEditorSupport;
  failures: Failures;
  log: vscode.LogOutputChannel;
}

type Action = (...args: unknown[]) => unknown;

/**
 * Registers every command. Whatever an action throws is shown to the user in one sentence. What the manifest enables
 * in trusted workspaces alone is refused elsewhere: links and lenses reach a command that menus hide.
 */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const manifest = parts.context.extension.packageJSON as {
    contributes: { commands: { command: string; enablement?: string }[] };
  };
  const needTrust = new Set(
    manifest.contributes.commands
      .filter(({ enablement }) => /isWorkspaceTrusted/.test(enablement ?? ''))
      .map(({ command }) => command),
  );
  const actions: Record<string, Action> = { ...studyActions(parts), ...runActions(parts), ...viewActions(parts) };
  const registrations = Object.entries(actions).map(([name, action]) =>
    vscode.commands.registerCommand(`eigenprobe.${name}`, async (...args: unknown[]) => {
      try {
        if (!vscode.workspace.isTrusted && needTrust.has(`eigenprobe.${name}`)) throw untrusted();
        return await action(...args);
      } catch (error) {
        parts.failures.show(error);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}

function untrusted(): Error {
  return new Mendable(vscode.l10n.t('Trust the workspace first: a study decides what is computed on this machine.'), {
    title: vscode.l10n.t('Manage Trust'),
    do: async () => void (await vscode.commands.executeCommand('workbench.trust.manage')),
  });
}

function uriFrom(value: unknown): vscode.Uri | undefined {
  if (value instanceof vscode.Uri) return value;
  // A link in Markdown carries an address as JSON.
  if (typeof value === 'object' && value !== null && 'scheme' in value && 'path' in value) {
    return vscode.Uri.from(value as vscode.Uri);
  }
  return undefined;
}

/** The study that a command is about where it is called on a file, a link, or a node of one of the trees. */
async function studyFrom(value: unknown): Promise<vscode.Uri | undefined> {
  const uri = uriFrom(value);
  if (uri || typeof value !== 'object' || value === null || !('kind' in value)) return uri;
  const node = value as RunNode | DatasetNode;
  switch (node.kind) {
    case 'group':
      return node.group.runs[0] && studyOfRun(node.group.runs[0]);
    case 'run':
    case 'stage':
      return studyOfRun(node.run);
    case 'study':
    case 'unread':
    case 'domain':
    case 'class':
    case 'failure':
      return node.study;
    case 'queued':
    case 'warning':
      return undefined;
  }
}

function stageFrom(node: unknown, given: unknown): string | undefined {
  const isStage = typeof node === 'object' && node !== null && 'kind' in node && node.kind === 'stage';
  return isStage && 'stage' in node ? word(node.stage) : word(given);
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function studyActions({ engine, manager, editor }: CommandParts): Record<string, Action> {
  return {
    newStudy: async (uri) => (await import('./new-study')).newStudy(uriFrom(uri)),
    generateExample: () => generateExample(engine),
    runStudy: async (given) => runStudy(manager, await studyFrom(given)),
    runStudyFresh: async (given) => runStudy(manager, await studyFrom(given), { fresh: true }),
    runStage: async (given, stage) => runStage(manager, await studyFrom(given), stageFrom(given, stage)),
    checkStudy: async (given) => {
      const study = await chooseStudy(await studyFrom(given));
      if (!study) return;
      const problems = await editor.check(study);
      if (problems.length === 0) {
        vscode.window.setStatusBarMessage(vscode.l10n.t('$(check) The study has no problems.'), 5000);
        return;
      }
      await vscode.window.showTextDocument(study);
      await vscode.commands.executeCommand('workbench.actions.view.problems');
    },
    toggleBlockPanel: async (uri, stage) => {
      const study = uriFrom(uri);
      if (study) await (await editor.get()).panels.toggle(study, word(stage) ?? '');
    },
    closeBlockPanels: async () => (await editor.get()).panels.closeAll(),
    showChanges: async (uri, stage) => {
      const study = uriFrom(uri);
      if (study) await (await editor.get()).changes.show(study, word(stage) ?? '');
    },
    ...Object.fromEntries(
      resultKinds.map((kind) => [`toggle${kind[0]!.toUpperCase()}${kind.slice(1)}`, () => toggle(kind)]),
    ),
  };
}

function runActions({ context, engine, store, manager, tree, runsView, panels }: CommandParts): Record<string, Action> {
  /** The runs given, else those selected in the tree, else one that the user picks. */
  const chosen = async (
    args: unknown[],
    placeHolder: string,
    fits: (run: StoredRun) => boolean = () => true,
    options: { many?: boolean; alone?: boolean } = {},
  ): Promise<StoredRun[]> => {
    // The editor hands over the node that was clicked and, behind it, all that are selected.
    const [first, selected] = args;
    const given = Array.isArray(selected) && selected.length > 0 ? runsFrom(store, selected) : runsFrom(store, first);
    if (given.length > 0) return given;
    if (args.length > 0 && typeof first === 'string') throw new Error(vscode.l10n.t('This run is gone.'));
    const inTree = runsView.visible && options.many ? runsFrom(store, [...runsView.selection]).filter(fits) : [];
    return inTree.length > 1 ? inTree : ((await pickRuns(store, placeHolder, fits, options)) ?? []);
  };
  const running = (run: StoredRun): boolean => run.state === 'running';
  const stopped = ({ state }: StoredRun): boolean => ['cancelled', 'failed', 'interrupted'].includes(state);
  return {
    cancelRun: async (...args) => {
      const runs = await chosen(args, vscode.l10n.t('Run to cancel'), running, { alone: true });
      for (const run of runs) await manager.cancel(run);
    },
    removeQueued: (node) => {
      const queued = node as RunNode | undefined;
      if (queued?.kind !== 'queued') return;
      if (queued.isStarting) manager.cancelStarting(queued.request.id);
      else manager.dequeue(queued.request.id);
    },
    resumeRun: async (...args) => {
      const runs = await chosen(args, vscode.l10n.t('Run to go on with'), stopped, { alone: true });
      for (const run of runs) await resume(manager, run);
    },
    rerunRun: async (...args) => {
      for (const run of await chosen(args, vscode.l10n.t('Run to compute again'))) await rerun(manager, run);
    },
    deleteRun: async (...args) => {
      const runs = await chosen(args, vscode.l10n.t('Runs to delete'), (run) => !running(run), { many: true });
      await deleteRuns(store, runs);
    },
    openResults: async (...args) => {
      const [run] = await chosen(args.slice(0, 1), vscode.l10n.t('Run'));
      if (run) panels.show([run]);
    },
    ...Object.fromEntries(
      (['clusters', 'transfer', 'distortion', 'live'] as const).map((kind) => [
        `open${kind[0]!.toUpperCase()}${kind.slice(1)}`,
        async (...args: unknown[]) => {
          const [run] = await chosen(args.slice(0, 1), vscode.l10n.t('Run'));
          if (run) panels.openPanel(kind, [run]);
        },
      ]),
    ),
    openReport: async (...args) => {
      const [run] = await chosen(args.slice(0, 1), vscode.l10n.t('Run'));
      if (run) await openReport(context.extensionUri, engine, run);
    },
    compareRuns: async (...args) => {
      let runs = await chosen(args, vscode.l10n.t('Runs to compare'), undefined, { many: true });
      const [only] = runs;
      if (only && runs.length === 1) {
        const { baseline } = tree;
        const others =
          baseline && baseline.key !== only.key
            ? [baseline]
            : await pickRuns(store, vscode.l10n.t('Compare with'), ({ key }) => key !== only.key, { many: true });
        if (!others) return;
        runs = [...others, only];
      }
      if (runs.length > 0) panels.show(runs);
    },
    revealRun: async (...args) => {
      const [run] = await chosen(args.slice(0, 1), vscode.l10n.t('Run'));
      if (!run) return;
      if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
        await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.joinPath(run.uri, 'run.json'));
      } else await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.joinPath(run.uri, 'run.json'));
    },
    setBaseline: async (...args) => {
      const [run] = await chosen(args.slice(0, 1), vscode.l10n.t('Run that others are compared with'));
      if (run) tree.setBaseline(run);
    },
    clearBaseline: () => tree.setBaseline(undefined),
    copyCitation: async (...args) => copyCitation(store, await chosen(args, vscode.l10n.t('Run to cite'))),
    openStudyOfRun: async (...args) => {
      const [run] = await chosen(args.slice(0, 1), vscode.l10n.t('Run'));
      if (run) await openStudyOf(run);
    },
    showRunning: () => showRunning(store, manager),
  };
}

function viewActions({ store, tree, devices, log }: CommandParts): Record<string, Action> {
  const sortingNames: Record<Sorting, string> = {
    newest: vscode.l10n.t('Newest first'),
    oldest: vscode.l10n.t('Oldest first'),
    name: vscode.l10n.t('By study'),
    best: vscode.l10n.t('Best first'),
  };
  const groupingNames: Record<Grouping, string> = {
    study: vscode.l10n.t('By study'),
    state: vscode.l10n.t('By state'),
    none: vscode.l10n.t('One list'),
  };
  const choose = async <T extends string>(
    names: Record<T, string>,
    all: readonly T[],
    now: T,
  ): Promise<T | undefined> => {
    const items = all.map((value) => ({ label: `${value === now ? '$(check) ' : ''}${names[value]}`, value }));
    return (await vscode.window.showQuickPick(items))?.value;
  };
  return {
    refreshRuns: () => store.refresh(),
    showLog: () => log.show(),
    doctor: () => doctor(devices, log),
    sortRuns: async (given) => {
      const sorting =
        sortings.find((one) => one === given) ?? (await choose(sortingNames, sortings, tree.arrangement.sorting));
      if (sorting) tree.arrangement = { ...tree.arrangement, sorting };
    },
    groupRuns: async (given) => {
      const grouping =
        groupings.find((one) => one === given) ?? (await choose(groupingNames, groupings, tree.arrangement.grouping));
      if (grouping) tree.arrangement = { ...tree.arrangement, grouping };
    },
    filterRuns: async (given) => {
      const filter =
        word(given) ??
        (await vscode.window.showInputBox({
          title: vscode.l10n.t('Filter Runs'),
          prompt: vscode.l10n.t('Words that a run’s study, state, id or device must contain'),
          value: tree.arrangement.filter,
        }));
      if (filter !== undefined) tree.arrangement = { ...tree.arrangement, filter };
    },
    clearFilter: () => {
      tree.arrangement = { ...tree.arrangement, filter: '' };
    },
    openSamples: (node) => openSamples(node as Extract<DatasetNode, { kind: 'class' }>),
  };
}
