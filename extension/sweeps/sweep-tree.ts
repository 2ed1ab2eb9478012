import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RowState } from '../../engine/sweep/format';
import type { Engine } from '../engine/engine';
import {
  countsLine,
  failedCount,
  isActive,
  readRows,
  readSweeps,
  type ListedRow,
  type ListedSweep,
} from './sweep-list';

export interface SweepOfFolder extends ListedSweep {
  readonly folder: vscode.WorkspaceFolder;
}

export type SweepNode =
  | { kind: 'sweep'; sweep: SweepOfFolder }
  | { kind: 'row'; sweep: SweepOfFolder; row: ListedRow }
  | { kind: 'more'; sweep: SweepOfFolder; count: number };

/** So many rows are listed, those that want to be seen first; the rest are in the table. */
const mostRows = 200;
const pollMs = 5000;

const icons: Record<RowState, [icon: string, color?: string]> = {
  finished: ['pass', 'testing.iconPassed'],
  running: ['sync~spin', 'charts.blue'],
  queued: ['clock', 'charts.blue'],
  missing: ['circle-outline', 'disabledForeground'],
  lost: ['debug-disconnect', 'charts.yellow'],
  unknown: ['question', 'charts.yellow'],
  blocked: ['circle-slash', 'testing.iconFailed'],
  cancelled: ['circle-slash', 'disabledForeground'],
  failed: ['error', 'testing.iconFailed'],
};

/**
 * Sweeps and their rows, as the engine counts them. It is asked while the view is visible, and again every few seconds
 * while something moves.
 */
export class SweepTree implements vscode.TreeDataProvider<SweepNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private list: SweepOfFolder[] = [];
  private asking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isVisible = false;
  private awaitedUntil = 0;

  constructor(
    private readonly engine: Engine,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get sweeps(): readonly SweepOfFolder[] {
    return this.list;
  }

  /** Shown or hidden. */
  setVisible(isVisible: boolean): void {
    this.isVisible = isVisible;
    if (isVisible) void this.refresh();
  }

  /** A process has just been started, whose sweep is there in a moment; resolves when it is seen. */
  expect(id: string): Promise<SweepNode> {
    this.awaitedUntil = Date.now() + 60_000;
    return new Promise((resolve) => {
      const look = (): void => {
        const sweep = this.list.find((one) => one.id === id);
        if (!sweep) return;
        seeking.dispose();
        resolve({ kind: 'sweep', sweep });
      };
      const seeking = this.onDidChangeTreeData(look);
      void this.refresh().then(look);
    });
  }

  refresh(): Promise<void> {
    clearTimeout(this.timer);
    this.asking ??= this.ask()
      .catch((error: unknown) => this.log.error(error instanceof Error ? error : String(error)))
      .finally(() => {
        this.asking = undefined;
        const isAwaited = Date.now() < this.awaitedUntil;
        if ((this.isVisible && this.list.some(isActive)) || isAwaited)
          this.timer = setTimeout(() => void this.refresh(), pollMs);
      });
    return this.asking;
  }

  getParent(node: SweepNode): SweepNode | undefined {
    return node.kind === 'sweep' ? undefined : { kind: 'sweep', sweep: node.sweep };
  }

  async getChildren(node?: SweepNode): Promise<SweepNode[]> {
    if (!node) return this.list.map((sweep) => ({ kind: 'sweep', sweep }));
    if (node.kind !== 'sweep') return [];
    const { sweep } = node;
    const rows = await this.rowsOf(sweep);
    const shown = rows.map((row): SweepNode => ({ kind: 'row', sweep, row }));
    const more = sweep.total - rows.length;
    return more > 0 && rows.length > 0 ? [...shown, { kind: 'more', sweep, count: more }] : shown;
  }

  getTreeItem(node: SweepNode): vscode.TreeItem {
    switch (node.kind) {
      case 'sweep':
        return sweepItem(node.sweep);
      case 'row':
        return rowItem(node.sweep, node.row);
      case 'more': {
        const item = new vscode.TreeItem(vscode.l10n.t('{0} more in the table', node.count));
        item.command = { command: 'eigenprobe.openSweepTable', title: '', arguments: [node] };
        return item;
      }
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }

  private async ask(): Promise<void> {
    const lists = await Promise.all(
      (vscode.workspace.workspaceFolders ?? []).map(async (folder) => {
        const path = folder.uri.fsPath;
        // No process is started where there is nothing to ask about.
        if (folder.uri.scheme !== 'file' || !existsSync(join(path, '.eigenprobe', 'sweeps'))) return [];
        const { stdout } = await this.engine.ask(['sweep', 'list', '--json', '--workspace', path], path);
        return readSweeps(stdout).map((sweep): SweepOfFolder => ({ ...sweep, folder }));
      }),
    );
    const next = lists.flat();
    const isSame = JSON.stringify(next) === JSON.stringify(this.list);
    this.list = next;
    if (!isSame) this.changed.fire();
  }

  private async rowsOf({ id, folder }: SweepOfFolder): Promise<ListedRow[]> {
    const path = folder.uri.fsPath;
    const args = ['sweep', 'show', id, '--states', '--most', String(mostRows), '--json', '--workspace', path];
    return readRows((await this.engine.ask(args, path)).stdout);
  }
}

/** What a row's state is called. */
export function rowStateName(state: RowState): string {
  return {
    finished: vscode.l10n.t('finished'),
    running: vscode.l10n.t('running'),
    queued: vscode.l10n.t('queued'),
    missing: vscode.l10n.t('not submitted'),
    lost: vscode.l10n.t('lost'),
    unknown: vscode.l10n.t('unknown'),
    blocked: vscode.l10n.t('blocked'),
    cancelled: vscode.l10n.t('cancelled'),
    failed: vscode.l10n.t('failed'),
  }[state];
}

function sweepItem(sweep: SweepOfFolder): vscode.TreeItem {
  const item = new vscode.TreeItem(sweep.name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `${sweep.folder.uri.toString()} ${sweep.id}`;
  item.description = countsLine(sweep, rowStateName);
  item.tooltip = `${sweep.id}\n${sweep.study}\n${countsLine(sweep, rowStateName)}`;
  const active = isActive(sweep);
  const failed = failedCount(sweep) > 0;
  const isDone = sweep.rows.finished === sweep.total;
  const rest = sweep.rows.cancelled ? 'cancelled' : 'missing';
  const state = active ? 'running' : failed ? 'failed' : isDone ? 'finished' : rest;
  item.iconPath = themeIcon(icons[state]);
  const stage = active ? 'active' : isDone ? 'done' : 'idle';
  item.contextValue = `sweep ${stage}${failed ? ' failed' : ''}`;
  return item;
}

function rowItem(sweep: SweepOfFolder, row: ListedRow): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label || String(row.row));
  item.id = `${sweep.folder.uri.toString()} ${sweep.id} ${row.row}`;
  item.description = rowStateName(row.state);
  item.tooltip = [row.error, row.scheduler, row.run].filter(Boolean).join('\n');
  item.iconPath = themeIcon(icons[row.state]);
  item.contextValue = 'sweepRow';
  if (row.run !== undefined) {
    const uri = vscode.Uri.joinPath(sweep.folder.uri, '.eigenprobe', 'runs', row.run);
    // Runs are known by the addresses of their folders.
    item.command = {
      command: 'eigenprobe.openResults',
      title: vscode.l10n.t('Open Results'),
      arguments: [uri.toString()],
    };
  }
  return item;
}

function themeIcon([name, color]: [string, string?]): vscode.ThemeIcon {
  return new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));
}
