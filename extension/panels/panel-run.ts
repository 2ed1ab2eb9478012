import * as vscode from 'vscode';
import { withInterval } from '../../engine/report/interval';
import { mergeSeries, metricSeries, storedLosses } from '../../engine/report/metrics';
import type { RunView } from '../../engine/report/payload';
import { stageNames } from '../../engine/run/format';
import type { PanelRun } from '../../webview/contract';
import { readRunEvents, type RunTrace } from '../runs/read-metrics';
import { shortTime } from '../runs/run-item';
import type { RunStore, StoredRun } from '../runs/run-store';
import type { PanelSweeps } from './panel-sweeps';

interface Trace extends RunTrace {
  metrics: RunView['metrics'];
}

/** What panels show of runs; what has not changed is read once. */
export class PanelRuns {
  private readonly traces = new Map<string, { stamp: string; trace: Trace }>();

  constructor(
    private readonly store: RunStore,
    private readonly sweeps: PanelSweeps,
  ) {}

  async read(run: StoredRun, webview: vscode.Webview): Promise<PanelRun> {
    const { record, state, key, uri } = run;
    // Asked first: the panel may be closed while files are read, and then knows no addresses.
    const base = webview.asWebviewUri(uri).toString();
    const [results, trace, study, files, sweep] = await Promise.all([
      this.store.resultsOf(run),
      this.traceOf(run),
      readJson(vscode.Uri.joinPath(uri, 'study.json')),
      listFiles(uri),
      this.sweeps.of(run).catch(() => undefined),
    ]);
    return {
      key,
      view: {
        ...{ run: record, state, study: study ?? null },
        figures: (results?.figures ?? []).map(withInterval),
        details: results?.details ?? {},
        metrics: trace.metrics,
        warnings: trace.warnings,
        ...(sweep && { sweep }),
      },
      started: shortTime(record.startedAt),
      base,
      files,
      progress: progressOf(this.store, run),
      throughput: trace.throughput,
    };
  }

  /** Metrics of a run's training; read again only where its record has changed. */
  private async traceOf(run: StoredRun): Promise<Trace> {
    const stamp = run.state === 'running' ? String(Math.floor(Date.now() / 2000)) : run.record.updatedAt;
    const known = this.traces.get(run.key);
    if (known?.stamp === stamp) return known.trace;
    let trace: Trace = { events: [], throughput: [], warnings: [], metrics: [] };
    if (run.uri.scheme === 'file') {
      const read = await readRunEvents(run.uri.fsPath, run.record.startedAt);
      const stored = await storedLosses(vscode.Uri.joinPath(run.uri, 'stages').fsPath).catch(() => []);
      trace = { ...read, events: [], metrics: mergeSeries(stored, metricSeries(read.events)) };
    }
    this.traces.set(run.key, { stamp, trace });
    return trace;
  }
}

function progressOf(store: RunStore, run: StoredRun): PanelRun['progress'] {
  const progress = store.progressOf(run);
  if (progress?.stage === undefined) return undefined;
  const { stage, label, fraction, etaSeconds } = progress;
  return { stage, label, fraction, etaSeconds };
}

async function readJson(uri: vscode.Uri): Promise<unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
  } catch {
    return undefined;
  }
}

/** The files of a run's stages that views may ask for. */
async function listFiles(run: vscode.Uri): Promise<string[]> {
  const lists = await Promise.all(
    stageNames.map(async (stage) => {
      try {
        const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(run, 'stages', stage));
        return entries.flatMap(([name, type]) =>
          type !== vscode.FileType.Directory && /\.(npy|json)$/.test(name) ? [`stages/${stage}/${name}`] : [],
        );
      } catch {
        return [];
      }
    }),
  );
  return lists.flat().sort();
}
