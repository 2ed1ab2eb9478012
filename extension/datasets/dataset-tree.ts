import * as vscode from 'vscode';
import type { StageRecord } from '../../engine/run/format';
import { formatFigure } from '../../engine/terminal/numbers';
import { readCounts } from '../runs/data-counts';
import { readWarnings } from '../runs/read-metrics';
import type { RunStore, StoredRun } from '../runs/run-store';
import { findStudies } from '../study/choose-study';

export type DatasetNode =
  | { kind: 'study'; study: vscode.Uri; run: StoredRun | undefined }
  | { kind: 'unread'; study: vscode.Uri }
  | { kind: 'warning'; message: string }
  | { kind: 'failure'; study: vscode.Uri; message: string }
  | { kind: 'domain'; study: vscode.Uri; run: StoredRun; domain: string; classes: ClassCount[] }
  | { kind: 'class'; study: vscode.Uri; run: StoredRun; domain: string; className: string; count: number };

interface ClassCount {
  className: string;
  count: number;
}

/** From this ratio of the largest to the smallest class on, accuracies of a domain mislead. */
const imbalanceFrom = 3;

/** The largest class over the smallest one; undefined with fewer than two classes that have samples. */
export function imbalance(classes: readonly ClassCount[]): number | undefined {
  const counts = classes.map(({ count }) => count).filter((count) => count > 0);
  return counts.length < 2 ? undefined : Math.max(...counts) / Math.min(...counts);
}

/** What the workspace's studies look at: domains, classes and how many samples of each there are. */
export class DatasetTree implements vscode.TreeDataProvider<DatasetNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly store: RunStore) {
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.eigenprobe.{json,yaml,yml}', false, true, false);
    const refresh = (): void => this.changed.fire(undefined);
    this.subscriptions = [
      this.changed,
      watcher,
      watcher.onDidCreate(refresh),
      watcher.onDidDelete(refresh),
      vscode.workspace.onDidChangeWorkspaceFolders(refresh),
      store.onDidChange((change) => {
        if (change === 'runs') refresh();
      }),
    ];
  }

  async getChildren(node?: DatasetNode): Promise<DatasetNode[]> {
    if (!node) {
      await this.store.ready();
      const studies = await findStudies();
      void vscode.commands.executeCommand('setContext', 'eigenprobe.noStudies', studies.length === 0);
      return studies.map((study) => ({
        kind: 'study',
        study,
        run: this.lastWith(study, ['finished', 'cached']),
      }));
    }
    if (node.kind === 'study') return this.domainsOf(node);
    if (node.kind !== 'domain') return [];
    const { study, run, domain } = node;
    return node.classes.map(({ className, count }) => ({ kind: 'class', study, run, domain, className, count }));
  }

  getTreeItem(node: DatasetNode): vscode.TreeItem {
    const count = (value: number): string => formatFigure({ value, unit: 'count' });
    switch (node.kind) {
      case 'study': {
        const label = vscode.workspace.asRelativePath(node.study);
        const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
        item.resourceUri = node.study;
        item.iconPath = new vscode.ThemeIcon('database');
        item.contextValue = 'dataset';
        return item;
      }
      case 'unread': {
        const item = new vscode.TreeItem(vscode.l10n.t('Read the data to see its domains and classes'));
        item.iconPath = new vscode.ThemeIcon('play');
        item.command = {
          command: 'eigenprobe.runStage',
          title: vscode.l10n.t('Read'),
          arguments: [node.study, 'data'],
        };
        return item;
      }
      case 'warning': {
        const item = new vscode.TreeItem(node.message);
        item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
        item.tooltip = node.message;
        return item;
      }
      case 'failure': {
        const item = new vscode.TreeItem(vscode.l10n.t('The data could not be read'));
        item.description = node.message;
        item.tooltip = node.message;
        item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
        item.command = {
          command: 'eigenprobe.runStage',
          title: vscode.l10n.t('Read again'),
          arguments: [node.study, 'data'],
        };
        return item;
      }
      case 'domain': {
        const item = new vscode.TreeItem(node.domain, vscode.TreeItemCollapsibleState.Collapsed);
        const total = node.classes.reduce((sum, one) => sum + one.count, 0);
        const ratio = imbalance(node.classes);
        const uneven = ratio !== undefined && ratio >= imbalanceFrom;
        item.id = `${node.study.toString()} ${node.domain}`;
        item.description = [
          vscode.l10n.t('{0} samples, {1} classes', count(total), node.classes.length),
          uneven ? vscode.l10n.t('uneven: {0} to 1', ratio.toFixed(1)) : '',
        ]
          .filter(Boolean)
          .join(' · ');
        item.iconPath = uneven
          ? new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'))
          : new vscode.ThemeIcon('layers');
        return item;
      }
      case 'class': {
        const item = new vscode.TreeItem(node.className);
        item.description = count(node.count);
        item.contextValue = 'samples';
        item.iconPath = new vscode.ThemeIcon(node.count === 0 ? 'warning' : 'symbol-class');
        item.command = { command: 'eigenprobe.openSamples', title: vscode.l10n.t('Show Samples'), arguments: [node] };
        return item;
      }
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** The newest run of a study whose data stage stands so. */
  private lastWith(study: vscode.Uri, states: readonly StageRecord['state'][]): StoredRun | undefined {
    const path = vscode.workspace.asRelativePath(study, false);
    const folder = vscode.workspace.getWorkspaceFolder(study);
    return this.store.runs.find(
      ({ record, folder: { uri } }) =>
        uri.toString() === folder?.uri.toString() &&
        record.study.path.replaceAll('\\', '/') === path &&
        states.includes(record.stages.data?.state ?? 'waiting'),
    );
  }

  /** That the last try to read the data failed, and why: the engine names the files that it could not read. */
  private failureOf(study: vscode.Uri): DatasetNode[] {
    const last = this.lastWith(study, ['finished', 'cached', 'failed']);
    if (last?.record.stages.data?.state !== 'failed') return [];
    return [{ kind: 'failure', study, message: last.record.error ?? vscode.l10n.t('The log says why.') }];
  }

  private async domainsOf({ study, run }: Extract<DatasetNode, { kind: 'study' }>): Promise<DatasetNode[]> {
    const results = run && (await this.store.resultsOf(run));
    const counts = readCounts(results?.details.data);
    const failures = this.failureOf(study);
    if (!run || counts.length === 0) return failures.length > 0 ? failures : [{ kind: 'unread', study }];
    const domains = [...new Set(counts.map(({ domain }) => domain))];
    const warnings = run.uri.scheme === 'file' ? await readWarnings(run.uri.fsPath, 'data') : [];
    return [
      ...failures,
      ...warnings.map((message): DatasetNode => ({ kind: 'warning', message })),
      ...domains.map((domain): DatasetNode => {
        const classes = counts.filter((one) => one.domain === domain);
        return { kind: 'domain', study, run, domain, classes };
      }),
    ];
  }
}
