import * as vscode from 'vscode';
import { readPanelMessage, readPanelState, type HostMessage, type PanelKind } from '../../webview/contract';
import type { Engine } from '../engine/engine';
import type { RunStore, StoredRun } from '../runs/run-store';
import type { RunTree } from '../runs/run-tree';
import { panelPage } from './panel-page';
import { askEngine, sampleRows, saveFile } from './panel-queries';
import { PanelRuns } from './panel-run';
import { PanelSweeps } from './panel-sweeps';
import { seedGroups } from './seed-groups';

/** The name of each panel's kind of tab; that of the comparison is older than the others. */
export const viewTypes: Record<PanelKind, string> = {
  clusters: 'eigenprobe.clusters',
  transfer: 'eigenprobe.transfer',
  distortion: 'eigenprobe.distortion',
  live: 'eigenprobe.live',
  compare: 'eigenprobe.results',
};

/** What a panel asks of the rest of the extension. */
export interface PanelActions {
  openReport(run: StoredRun): Promise<void>;
  pickRuns(): Promise<StoredRun[] | undefined>;
  openStudy(run: StoredRun): Promise<void>;
  cancel(run: StoredRun): Promise<void>;
  fail(error: unknown): void;
}

interface OpenPanel {
  kind: PanelKind;
  panel: vscode.WebviewPanel;
  keys: string[];
  isReady: boolean;
}

/** Panels of one run or several. They keep the runs' names over a reload and read the rest again. */
export class RunPanels implements vscode.Disposable {
  private readonly open = new Set<OpenPanel>();
  private readonly runs: PanelRuns;
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly engine: Engine,
    private readonly store: RunStore,
    private readonly tree: RunTree,
    private readonly actions: PanelActions,
  ) {
    this.runs = new PanelRuns(store, new PanelSweeps(engine, store));
    this.subscriptions = [
      ...(Object.entries(viewTypes) as [PanelKind, string][]).map(([kind, viewType]) =>
        vscode.window.registerWebviewPanelSerializer(viewType, {
          deserializeWebviewPanel: (panel, state) => this.adopt(kind, panel, readPanelState(state).runs),
        }),
      ),
      store.onDidChange(() => this.soon()),
      tree.onDidChangeTreeData((node) => {
        if (node === undefined) this.soon();
      }),
    ];
  }

  /** Shows the figures of runs side by side; a panel that shows the same ones comes to the front. */
  show(runs: readonly StoredRun[]): void {
    this.openPanel('compare', runs);
  }

  openPanel(kind: PanelKind, runs: readonly StoredRun[]): void {
    const keys = runs.map(({ key }) => key);
    for (const { kind: shownKind, panel, keys: shown } of this.open) {
      if (shownKind === kind && shown.length === keys.length && keys.every((key) => shown.includes(key))) {
        panel.reveal();
        return;
      }
    }
    const panel = vscode.window.createWebviewPanel(viewTypes[kind], title(kind, runs), vscode.ViewColumn.Active);
    this.adopt(kind, panel, keys).catch((error: unknown) => this.actions.fail(error));
  }

  /** What each open panel shows, for tests. */
  get shown(): string[][] {
    return [...this.open].map(({ keys }) => keys);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const { panel } of this.open) panel.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async adopt(kind: PanelKind, panel: vscode.WebviewPanel, keys: string[]): Promise<void> {
    const entry: OpenPanel = { kind, panel, keys, isReady: false };
    this.open.add(entry);
    panel.onDidDispose(() => this.open.delete(entry));
    panel.webview.onDidReceiveMessage((value: unknown) => {
      this.receive(entry, value).catch((error: unknown) => this.actions.fail(error));
    });
    // Where the run lies must be known before the page is: it may fetch from there and nowhere else.
    await this.store.ready();
    if (!this.open.has(entry)) return;
    const resources = vscode.Uri.joinPath(this.extensionUri, 'dist', 'webview');
    const runs = kind === 'compare' ? [] : keys.flatMap((key) => this.store.get(key)?.uri ?? []);
    panel.webview.options = { enableScripts: true, localResourceRoots: [resources, ...runs] };
    panel.webview.html = panelPage(panel.webview, resources, kind);
  }

  private async receive(entry: OpenPanel, value: unknown): Promise<void> {
    const message = readPanelMessage(value);
    if (!message) return;
    const run = 'run' in message && entry.keys.includes(message.run) ? this.store.get(message.run) : undefined;
    switch (message.type) {
      case 'ready':
        entry.isReady = true;
        return this.send(entry);
      case 'openReport':
        return run && this.actions.openReport(run);
      case 'openStudy':
        return run && this.actions.openStudy(run);
      case 'cancel':
        return run && this.actions.cancel(run);
      case 'openPanel':
        return run && this.openPanel(message.kind, [run]);
      case 'setBaseline':
        return this.tree.setBaseline(run);
      case 'remove':
        entry.keys = entry.keys.filter((key) => key !== message.run);
        return this.send(entry);
      case 'addRun': {
        const picked = await this.actions.pickRuns();
        if (!picked) return;
        entry.keys = [...new Set([...entry.keys, ...picked.map(({ key }) => key)])];
        return this.send(entry);
      }
      case 'rows':
        return this.post(entry, { type: 'rows', id: message.id, bytes: run && (await sampleRows(run, message.rows)) });
      case 'ask':
        return this.answer(entry, message.id, run, message.query);
      case 'save':
        return saveFile(this.store.get(entry.keys[0] ?? ''), message.name, message.bytes);
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        vscode.window.setStatusBarMessage(vscode.l10n.t('$(check) Copied.'), 3000);
        return;
    }
  }

  private async answer(
    entry: OpenPanel,
    id: number,
    run: StoredRun | undefined,
    query: Parameters<typeof askEngine>[2],
  ): Promise<void> {
    try {
      if (!run) throw new Error(vscode.l10n.t('This run is gone.'));
      return await this.post(entry, { type: 'answer', id, value: await askEngine(this.engine, run, query) });
    } catch (error) {
      return this.post(entry, { type: 'answer', id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const entry of this.open) if (entry.isReady && entry.panel.visible) void this.send(entry);
    }, 400);
  }

  private async send(entry: OpenPanel): Promise<void> {
    const runs = entry.keys.flatMap((key) => this.store.get(key) ?? []);
    const shown = await Promise.all(runs.map((run) => this.runs.read(run, entry.panel.webview)));
    const baseline = this.tree.baseline?.key;
    const groups = entry.kind === 'compare' ? seedGroups(shown, baseline) : [];
    const message: HostMessage = { type: 'show', runs: shown, baseline, groups };
    if (!this.open.has(entry)) return;
    if (runs.length > 0) entry.panel.title = title(entry.kind, runs);
    await this.post(entry, message);
  }

  /** Says something to a panel, unless it was closed while the answer was on its way. */
  private async post(entry: OpenPanel, message: HostMessage): Promise<void> {
    if (this.open.has(entry)) await entry.panel.webview.postMessage(message);
  }
}

function title(kind: PanelKind, runs: readonly StoredRun[]): string {
  const names: Record<PanelKind, string> = {
    clusters: vscode.l10n.t('Clusters'),
    transfer: vscode.l10n.t('Transfer'),
    distortion: vscode.l10n.t('Distortion'),
    live: vscode.l10n.t('Training'),
    compare: vscode.l10n.t('Results'),
  };
  const [first] = runs;
  if (!first) return names[kind];
  return runs.length === 1 ? `${first.record.study.name} — ${names[kind]}` : vscode.l10n.t('{0} Runs', runs.length);
}
