import * as vscode from 'vscode';
import { metricSeries } from '../../engine/report/metrics';
import type { Figure } from '../../engine/run/format';
import { readMetrics } from '../runs/read-metrics';
import type { RunStore, StoredRun } from '../runs/run-store';
import { readCounts } from '../runs/data-counts';
import { changesFor, findBlocks, type Block, type Change } from './blocks';
import type { BlockPlotData } from './plots';
import { readStudyDocument } from './study-document';

/** What the last run says about one block of a study that is open. */
export interface BlockResult {
  block: Block;
  run: StoredRun;
  figures: Figure[];
  /** What the text says otherwise than that run had it; none where the figures stand for the text. */
  changes: Change[];
  /** True while the text cannot be read, so that nobody knows whether it still says the same. */
  unreadable: boolean;
}

/** Finds the results of a study's blocks in its runs. */
export class BlockResults {
  private readonly studies = new Map<string, unknown>();

  constructor(private readonly store: RunStore) {}

  /** The blocks of a study that have a result, in the order of the stages. */
  async of(document: vscode.TextDocument): Promise<BlockResult[]> {
    await this.store.ready();
    const { source, study, blocks } = readStudyDocument(document);
    const runs = this.runsOf(document);
    const found: BlockResult[] = [];
    for (const block of blocks.length > 0 ? blocks : findBlocks(source)) {
      const run = runs.find(({ record }) => isDone(record.stages[block.stage]?.state));
      if (!run) continue;
      const results = await this.store.resultsOf(run);
      const figures = (results?.figures ?? []).filter(({ stage }) => stage === block.stage);
      const changes = study ? changesFor(block.stage, await this.studyOf(run), study) : [];
      found.push({ block, run, figures, changes, unreadable: study === undefined });
    }
    return found;
  }

  /** The runs of a study, newest first. */
  runsOf(document: vscode.TextDocument): StoredRun[] {
    const folder = vscode.workspace.getWorkspaceFolder(document.uri);
    if (!folder) return [];
    const path = vscode.workspace.asRelativePath(document.uri, false);
    return this.store.runs.filter(
      (run) => run.folder.uri.toString() === folder.uri.toString() && slashes(run.record.study.path) === path,
    );
  }

  /** What a block's plot needs. The baseline's figures go beside them where there is one. */
  async plotData({ block, run, figures }: BlockResult, baseline: StoredRun | undefined): Promise<BlockPlotData> {
    const { stage } = block;
    const results = await this.store.resultsOf(run);
    const held = baseline && baseline.key !== run.key ? await this.store.resultsOf(baseline) : undefined;
    return {
      stage,
      figures,
      baseline: held?.figures.filter((figure) => figure.stage === stage),
      losses: stage === 'pretrain' ? await this.losses(run) : undefined,
      eigenvalues: stage === 'spectrum' ? numbers(results?.details.spectrum?.eigenvalues) : undefined,
      counts: stage === 'data' ? readCounts(results?.details.data) : undefined,
    };
  }

  private async losses(run: StoredRun): Promise<BlockPlotData['losses']> {
    if (run.uri.scheme !== 'file') return [];
    const series = metricSeries(await readMetrics(run.uri.fsPath));
    // Other metrics, such as a monitor's accuracy, have other units.
    const losses = series.filter(({ stage, name }) => stage === 'pretrain' && /loss/i.test(name));
    return losses.map(({ name, points }) => ({ name, points }));
  }

  /** The study as a run had it. It never changes once the run is there. */
  async studyOf(run: StoredRun): Promise<unknown> {
    const key = `${run.key} ${run.record.study.hash}`;
    if (!this.studies.has(key)) {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(run.uri, 'study.json')).then(
        (read) => read,
        () => undefined,
      );
      if (!bytes) return undefined;
      this.studies.set(key, JSON.parse(new TextDecoder().decode(bytes)) as unknown);
    }
    return this.studies.get(key);
  }
}

function isDone(state: string | undefined): boolean {
  return state === 'finished' || state === 'cached';
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}

function numbers(value: unknown): number[] | undefined {
  return Array.isArray(value) ? value.filter((item): item is number => typeof item === 'number') : undefined;
}
