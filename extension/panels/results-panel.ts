import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { escapeHtml } from '../../engine/report/page';
import { metricSeries } from '../../engine/report/metrics';
import type { MetricSeries } from '../../engine/report/payload';
import { readPanelMessage, readPanelState, type HostMessage, type PanelRun } from '../../webview/contract';
import { readMetrics } from '../runs/read-metrics';
import { shortTime } from '../runs/run-item';
import type { RunStore, StoredRun } from '../runs/run-store';
import type { RunTree } from '../runs/run-tree';

export const resultsViewType = 'eigenprobe.results';

/** What a panel asks of the rest of the extension. */
export interface ResultsActions {
  openReport(run: StoredRun): Promise<void>;
  pickRuns(): Promise<StoredRun[] | undefined>;
  fail(error: unknown): void;
}

interface OpenPanel {
  panel: vscode.WebviewPanel;
  keys: string[];
  isReady: boolean;
}

/** Panels with the figures of one run or several. They keep the runs' names over a reload and read the rest again. */
export class ResultsPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly open = new Set<OpenPanel>();
  private readonly metrics = new Map<string, { stamp: string; series: MetricSeries[] }>();
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly store: RunStore,
    private readonly tree: RunTree,
    private readonly actions: ResultsActions,
  ) {
    this.subscriptions = [
      vscode.window.registerWebviewPanelSerializer(resultsViewType, this),
      store.onDidChange(() => this.soon()),
      tree.onDidChangeTreeData((node) => {
        if (node === undefined) this.soon();
      }),
    ];
  }

  /** Shows runs; a panel that shows the same ones comes to the front. */
  show(runs: readonly StoredRun[]): void {
    const keys = runs.map(({ key }) => key);
    for (const { panel, keys: shown } of this.open) {
      if (shown.length === keys.length && keys.every((key) => shown.includes(key))) {
        panel.reveal();
        return;
      }
    }
    const panel = vscode.window.createWebviewPanel(resultsViewType, title(runs), vscode.ViewColumn.Active);
    this.adopt(panel, keys);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.adopt(panel, readPanelState(state).runs);
    return Promise.resolve();
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

  private adopt(panel: vscode.WebviewPanel, keys: string[]): void {
    const entry: OpenPanel = { panel, keys, isReady: false };
    this.open.add(entry);
    const resources = vscode.Uri.joinPath(this.extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [resources] };
    panel.onDidDispose(() => this.open.delete(entry));
    panel.webview.onDidReceiveMessage((value: unknown) => {
      this.receive(entry, value).catch((error: unknown) => this.actions.fail(error));
    });
    panel.webview.html = page(panel.webview, resources);
  }

  private async receive(entry: OpenPanel, value: unknown): Promise<void> {
    const message = readPanelMessage(value);
    if (!message) return;
    switch (message.type) {
      case 'ready':
        entry.isReady = true;
        await this.store.ready();
        return this.send(entry);
      case 'openReport': {
        const run = this.store.get(message.run);
        if (run) await this.actions.openReport(run);
        return;
      }
      case 'setBaseline':
        this.tree.setBaseline(this.store.get(message.run));
        return;
      case 'remove':
        entry.keys = entry.keys.filter((key) => key !== message.run);
        return this.send(entry);
      case 'addRun': {
        const picked = await this.actions.pickRuns();
        if (!picked) return;
        entry.keys = [...new Set([...entry.keys, ...picked.map(({ key }) => key)])];
        return this.send(entry);
      }
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
    const message: HostMessage = {
      type: 'show',
      runs: await Promise.all(runs.map((run) => this.panelRun(run))),
      baseline: this.tree.baseline?.key,
    };
    if (!this.open.has(entry)) return;
    if (runs.length > 0) entry.panel.title = title(runs);
    await entry.panel.webview.postMessage(message);
  }

  private async panelRun(run: StoredRun): Promise<PanelRun> {
    const { record, state, key } = run;
    const results = await this.store.resultsOf(run);
    return {
      key,
      id: record.id,
      study: record.study.name,
      state,
      startedAt: record.startedAt,
      started: shortTime(record.startedAt),
      seed: record.seed,
      device: record.device.detail,
      error: record.error,
      hasReport: state !== 'running',
      figures: results?.figures ?? [],
      metrics: await this.metricsOf(run),
    };
  }

  /** Metrics of a run's training; read again only where its record has changed. */
  private async metricsOf(run: StoredRun): Promise<MetricSeries[]> {
    const stamp = run.state === 'running' ? String(Math.floor(Date.now() / 2000)) : run.record.updatedAt;
    const known = this.metrics.get(run.key);
    if (known?.stamp === stamp) return known.series;
    const series = run.uri.scheme === 'file' ? metricSeries(await readMetrics(run.uri.fsPath)) : [];
    this.metrics.set(run.key, { stamp, series });
    return series;
  }
}

function title(runs: readonly StoredRun[]): string {
  const [first] = runs;
  if (!first) return vscode.l10n.t('Results');
  return runs.length === 1
    ? vscode.l10n.t('{0} — Results', first.record.study.name)
    : vscode.l10n.t('{0} Runs', runs.length);
}

function page(webview: vscode.Webview, resources: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const address = (name: string): string =>
    escapeHtml(webview.asWebviewUri(vscode.Uri.joinPath(resources, name)).toString());
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>Results</title>',
    `<link rel="stylesheet" href="${address('results.css')}">`,
    '</head>',
    '<body>',
    '<div id="results"></div>',
    `<script nonce="${escapeHtml(nonce)}" src="${address('results.js')}"></script>`,
    '</body>',
    '</html>',
  ].join('\n');
}
