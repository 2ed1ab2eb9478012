import * as vscode from 'vscode';
import type { Results, StageName, StageRecord } from '../../engine/run/format';
import { arrange, type Arrangement, type RunGroup } from './arrange';
import { circumstance, score, tellingFigures } from './figures';
import { runItem, runTooltip, stageItem, stateName } from './run-item';
import type { ShownState } from './run-index';
import type { RunManager } from './run-manager';
import type { RunRequest } from './run-queue';
import type { RunStore, StoredRun } from './run-store';

export type RunNode =
  | { kind: 'queued'; request: RunRequest; isStarting: boolean }
  | { kind: 'group'; group: RunGroup<StoredRun> }
  | { kind: 'run'; run: StoredRun }
  | { kind: 'stage'; run: StoredRun; stage: StageName; record: StageRecord };

const arrangementKey = 'eigenprobe.arrangement';
const baselineKey = 'eigenprobe.baseline';
export const runMime = 'application/vnd.code.tree.eigenprobe.runs';

/** Studies, their runs and the runs' stages. */
export class RunTree implements vscode.TreeDataProvider<RunNode>, vscode.TreeDragAndDropController<RunNode> {
  private readonly changed = new vscode.EventEmitter<RunNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly dropMimeTypes: string[] = [];
  readonly dragMimeTypes = ['text/plain', 'text/uri-list'];
  private current: Arrangement;
  private readonly nodes = new Map<string, Extract<RunNode, { kind: 'run' }>>();
  private readonly scores = new Map<string, number | undefined>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly store: RunStore,
    private readonly manager: RunManager,
    private readonly memory: vscode.Memento,
  ) {
    this.current = { sorting: 'newest', grouping: 'study', filter: '', ...memory.get<Arrangement>(arrangementKey) };
    this.tellFilter();
    void store.ready().then(() => this.tellEmpty());
    this.subscriptions = [
      store.onDidChange((change) => {
        if (change === 'runs') {
          this.tellEmpty();
          this.changed.fire(undefined);
        } else for (const run of store.runs) if (run.state === 'running') this.redraw(run);
      }),
      manager.onDidChange(() => this.changed.fire(undefined)),
    ];
  }

  get arrangement(): Arrangement {
    return this.current;
  }

  set arrangement(arrangement: Arrangement) {
    this.current = arrangement;
    void this.memory.update(arrangementKey, arrangement);
    this.tellFilter();
    this.changed.fire(undefined);
  }

  /** The welcome is for those who have no runs, not for the moment before the list is drawn. */
  private tellEmpty(): void {
    void vscode.commands.executeCommand('setContext', 'eigenprobe.noRuns', this.store.runs.length === 0);
  }

  private tellFilter(): void {
    void vscode.commands.executeCommand('setContext', 'eigenprobe.filtered', this.current.filter !== '');
  }

  /** The run that others are compared with. */
  get baseline(): StoredRun | undefined {
    const key = this.memory.get<string>(baselineKey);
    return key === undefined ? undefined : this.store.get(key);
  }

  setBaseline(run: StoredRun | undefined): void {
    void this.memory.update(baselineKey, run?.key).then(() => this.changed.fire(undefined));
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (!node) {
      await this.store.ready();
      const runs = this.store.runs;
      if (this.current.sorting === 'best') {
        for (const run of runs) this.scores.set(run.key, score((await this.store.resultsOf(run))?.figures ?? []));
      }
      const groups = this.arranged();
      const { starting, queue: waiting } = this.manager;
      const queue = [
        ...starting.map((request): RunNode => ({ kind: 'queued', request, isStarting: true })),
        ...waiting.map((request): RunNode => ({ kind: 'queued', request, isStarting: false })),
      ];
      if (this.current.grouping === 'none') return [...queue, ...this.runNodes(groups[0]?.runs ?? [])];
      return [...queue, ...groups.map((group): RunNode => ({ kind: 'group', group }))];
    }
    if (node.kind === 'group') return this.runNodes(node.group.runs);
    if (node.kind === 'run') {
      const run = this.store.get(node.run.key) ?? node.run;
      const stages = Object.entries(run.record.stages) as [StageName, StageRecord][];
      return stages.map(([stage, record]) => ({ kind: 'stage', run, stage, record }));
    }
    return [];
  }

  getParent(node: RunNode): RunNode | undefined {
    if (node.kind === 'stage') return this.runNodes([node.run])[0];
    if (node.kind !== 'run' || this.current.grouping === 'none') return undefined;
    const group = this.arranged().find(({ runs }) => runs.some(({ key }) => key === node.run.key));
    return group && { kind: 'group', group };
  }

  async getTreeItem(node: RunNode): Promise<vscode.TreeItem> {
    switch (node.kind) {
      case 'queued':
        return this.queuedItem(node.request, node.isStarting);
      case 'group':
        return this.groupItem(node.group);
      case 'run': {
        const run = this.store.get(node.run.key) ?? node.run;
        return runItem(run, {
          results: await this.store.resultsOf(run),
          progress: this.store.progressOf(run),
          isBaseline: this.baseline?.key === run.key,
          showStudy: this.current.grouping !== 'study',
        });
      }
      case 'stage':
        return stageItem(
          node.run,
          node.stage,
          node.record,
          await this.store.resultsOf(node.run),
          this.store.progressOf(node.run),
        );
    }
  }

  /** Tooltips are made when they are asked for. */
  async resolveTreeItem(item: vscode.TreeItem, node: RunNode): Promise<vscode.TreeItem> {
    if (node.kind === 'run') item.tooltip = runTooltip(node.run, await this.store.resultsOf(node.run));
    return item;
  }

  /** A run that is dragged into an editor leaves a citation there. */
  async handleDrag(nodes: readonly RunNode[], data: vscode.DataTransfer): Promise<void> {
    const runs = nodes.flatMap((node) => (node.kind === 'run' ? [node.run] : []));
    if (runs.length === 0) return;
    const texts = await Promise.all(runs.map(async (run) => cite(run, await this.store.resultsOf(run))));
    data.set('text/plain', new vscode.DataTransferItem(texts.join('\n')));
    data.set(runMime, new vscode.DataTransferItem(texts.join('\n')));
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private arranged(): RunGroup<StoredRun>[] {
    return arrange(
      this.store.runs,
      this.current,
      (run) => this.scores.get(run.key),
      ({ folder }) => folder.uri.toString(),
    );
  }

  /** One node object a run, so that a single run can be drawn again. */
  private runNodes(runs: readonly StoredRun[]): RunNode[] {
    return runs.map((run) => {
      const known = this.nodes.get(run.key);
      if (known) {
        known.run = run;
        return known;
      }
      const node = { kind: 'run' as const, run };
      this.nodes.set(run.key, node);
      return node;
    });
  }

  private redraw(run: StoredRun): void {
    const node = this.nodes.get(run.key);
    if (!node) return;
    node.run = run;
    this.changed.fire(node);
  }

  private queuedItem({ id, name, device }: RunRequest, isStarting: boolean): vscode.TreeItem {
    const item = new vscode.TreeItem(name);
    item.id = `queued ${id}`;
    item.iconPath = new vscode.ThemeIcon(isStarting ? 'loading~spin' : 'clock');
    item.description = isStarting
      ? vscode.l10n.t('starting')
      : vscode.l10n.t('waiting for the {0}', this.manager.chipName(device));
    item.contextValue = 'queued';
    return item;
  }

  private groupItem({ key, label, runs }: RunGroup<StoredRun>): vscode.TreeItem {
    const isState = this.current.grouping === 'state';
    const item = new vscode.TreeItem(
      isState ? stateName(label as ShownState) : label,
      // Long lists open when they are asked for.
      this.store.runs.length <= 60 || runs.some(({ state }) => state === 'running')
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.Collapsed,
    );
    const [first] = runs;
    const several = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
    item.id = key;
    item.contextValue = isState ? 'group' : 'study';
    item.description = [
      runs.length === 1 ? vscode.l10n.t('1 run') : vscode.l10n.t('{0} runs', runs.length),
      !isState && several && first ? first.folder.name : '',
    ]
      .filter(Boolean)
      .join(' · ');
    if (!isState) {
      item.iconPath = new vscode.ThemeIcon('beaker');
      if (first) item.tooltip = first.record.study.path;
    }
    return item;
  }
}

/** One line that says which run, and what came out. */
export function cite(run: StoredRun, results: Results | undefined): string {
  const { record } = run;
  const figures = tellingFigures(results?.figures ?? [], 4)
    .map((figure) => {
      const where = circumstance(figure);
      return `${figure.id}${where ? ` (${where})` : ''} = ${Number(figure.value.toPrecision(4))}`;
    })
    .join(', ');
  return `${record.study.name}, run ${record.id}, seed ${record.seed}${figures ? `: ${figures}` : ''} (.eigenprobe/runs/${run.name})`;
}
