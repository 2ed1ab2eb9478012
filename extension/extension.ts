import * as vscode from 'vscode';
import { registerTools } from './agents/tools';
import { registerCommands } from './commands/register';
import { DatasetTree } from './datasets/dataset-tree';
import { Devices } from './engine/devices';
import { Engine } from './engine/engine';
import { RunPanels } from './panels/run-panels';
import { registerSweepResults } from './panels/sweep-results';
import { pickRuns, resume } from './commands/run-commands';
import { openReport } from './commands/open-report';
import { openStudyOf } from './commands/open-study';
import { RunManager } from './runs/run-manager';
import { RunNotifications } from './runs/run-notifications';
import { RunStore } from './runs/run-store';
import { RunTree, runMime } from './runs/run-tree';
import { RunStatusBar } from './runs/status-bar';
import { registerSweeps } from './sweeps/register-sweeps';
import { StudyTasks, taskType } from './runs/task-provider';
import { Failures } from './support/failures';
import { LazyEditorSupport } from './study/lazy-editor-support';

/** What tests may look at. */
export interface Api {
  store: RunStore;
  manager: RunManager;
  tree: RunTree;
  datasets: DatasetTree;
  panels: RunPanels;
  statusBar: RunStatusBar;
  editor: LazyEditorSupport;
  devices: Devices;
  failures: Failures;
  /** Milliseconds that `activate` took. */
  activationMs: number;
}

/** Wires the parts together; what reads studies is loaded with the first one that is opened. */
export function activate(context: vscode.ExtensionContext): Api {
  const started = performance.now();
  const { extensionUri, workspaceState } = context;
  const log = vscode.window.createOutputChannel('Eigenprobe', { log: true });
  const failures = new Failures(log);
  const engine = new Engine(extensionUri, log);
  const store = new RunStore(log);
  const devices = new Devices(engine, context.globalState, log);
  const manager = new RunManager(
    ...([engine, store, workspaceState, context.logUri.fsPath, log] as const),
    () => devices.known?.best,
    (error) => failures.show(error),
  );
  const tree = new RunTree(store, manager, workspaceState);
  const datasets = new DatasetTree(store);
  const panels = new RunPanels(extensionUri, engine, store, tree, {
    openReport: (run) => openReport(extensionUri, engine, run),
    pickRuns: () => pickRuns(store, vscode.l10n.t('Runs to add'), () => true, { many: true }),
    openStudy: openStudyOf,
    cancel: (run) => manager.cancel(run),
    fail: (error) => failures.show(error),
  });
  const notifications = new RunNotifications(store, manager, {
    openResults: (run) => Promise.resolve(panels.show([run])),
    resume: (run) => resume(manager, run),
    showLog: () => log.show(),
  });
  const statusBar = new RunStatusBar(store, manager);
  const editor = new LazyEditorSupport(store, tree, devices);
  const runsView = vscode.window.createTreeView('eigenprobe.runs', {
    treeDataProvider: tree,
    dragAndDropController: tree,
    canSelectMany: true,
    showCollapseAll: true,
  });
  context.subscriptions.push(
    ...[log, store, manager, tree, datasets, panels, notifications, statusBar, editor, runsView],
    vscode.window.registerTreeDataProvider('eigenprobe.datasets', datasets),
    vscode.tasks.registerTaskProvider(taskType, new StudyTasks(engine)),
    registerTools(store, manager, (study) => editor.check(study)),
    vscode.languages.registerDocumentDropEditProvider(
      { scheme: 'file' },
      { provideDocumentDropEdits: (_document, _position, data) => citationEdit(data) },
      { dropMimeTypes: [runMime] },
    ),
    registerSweepResults(store, panels, failures),
    registerSweeps({ engine, failures, log, logFolder: context.logUri.fsPath }),
    registerCommands({ context, engine, devices, store, manager, tree, runsView, panels, editor, failures, log }),
  );
  void vscode.commands.executeCommand('setContext', 'eigenprobe.active', true);
  const activationMs = performance.now() - started;
  return { store, manager, tree, datasets, panels, statusBar, editor, devices, failures, activationMs };
}

async function citationEdit(data: vscode.DataTransfer): Promise<vscode.DocumentDropEdit | undefined> {
  const text = await data.get(runMime)?.asString();
  return text === undefined ? undefined : new vscode.DocumentDropEdit(text, vscode.l10n.t('Cite the run'));
}
