import type { Figure, RunRecord, RunState, StageName } from '../run/format';

/** Raised when the page would misread what an older report carries. */
export const payloadVersion = 1;

/** Everything that a report shows: what the engine puts into the page, and what the page reads. */
export interface ReportPayload {
  version: typeof payloadVersion;
  run: RunRecord;
  /** The recorded state, or interrupted: recorded as running by a process that is gone. */
  state: RunState | 'interrupted';
  /** The resolved study; null where the run directory has none. */
  study: unknown;
  figures: ReportFigure[];
  metrics: MetricSeries[];
  warnings: { stage?: StageName; message: string }[];
  spectrum?: SpectrumView;
}

export interface ReportFigure extends Figure {
  /** For an accuracy over n samples: Wilson's 95 % interval. */
  interval?: [low: number, high: number];
}

/** One metric of one stage over its steps. */
export interface MetricSeries {
  stage: StageName;
  name: string;
  /** How many values the run recorded; `points` may be a sample of them. */
  total: number;
  points: [step: number, value: number][];
}

export interface SpectrumView {
  /** Descending. */
  eigenvalues: number[];
  /** Number of clusters k, where it is known: the gap lies between λ_k and λ_k+1. */
  clusters?: number;
  /** What each leading eigenvector tells apart. */
  separates?: ('class' | 'domain' | 'neither')[];
  classNames: string[];
  domainNames: string[];
  /** Rows: clusters. Columns: classes. Over all samples that have a label. */
  matrix: number[][];
  sample: SampleView;
}

/** A sample of the points, stratified by domain and class. All lists have one entry a point. */
export interface SampleView {
  /** Number of points that there are. */
  total: number;
  /** Class index, −1 without a label. */
  labels: number[];
  domains: number[];
  clusters: number[];
  names: string[];
  /** Leading eigenvectors: `columns[j][i]` is point i's coordinate on eigenvector j. */
  columns: number[][];
  /** All thumbnails in one image, point i at column i mod `across`, row ⌊i / across⌋. */
  thumbnails?: { url: string; across: number; down: number; width: number; height: number };
}
