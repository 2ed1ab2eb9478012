import type { PathAnswer, ProjectionAnswer } from '../query/answers';
import type { Figure, Results, RunRecord, RunState, StageName } from '../run/format';
import type { MeanFigure } from '../sweep/tables/means';

export type { MeanFigure } from '../sweep/tables/means';

/** Raised when the page would misread what an older report carries. */
export const payloadVersion = 2;

/** What every view is given of a run, beside its arrays. */
export interface RunView {
  run: RunRecord;
  /** The recorded state, or interrupted: recorded as running by a process that is gone. */
  state: RunState | 'interrupted';
  /** The resolved study; null where the run directory has none. */
  study: unknown;
  figures: ReportFigure[];
  details: Results['details'];
  metrics: MetricSeries[];
  warnings: { stage?: StageName; message: string }[];
  /** For a finished row of a sweep: what the sweep found so far. */
  sweep?: RunSweep;
}

/** A sweep as one of its rows sees it. */
export interface RunSweep {
  id: string;
  name: string;
  /** Rows that had finished when its summary was written, of how many. */
  finished: number;
  rows: number;
  /** Paths of the fields that tell settings apart; the seed is none of them. */
  fields: string[];
  /** The run's own setting over all its seeds. */
  own: SweepSetting;
  /** Settings that differ from it in one way or two (a pair of domains is one), with their accuracies of transfer alone. */
  near: SweepSetting[];
}

/** Rows that differ in their seed alone. */
export interface SweepSetting {
  /** Value by the path of a field. */
  settings: Record<string, unknown>;
  seeds: number;
  figures: MeanFigure[];
  /** Accuracy of LP-FT less that of FT, paired by row. */
  advantages: MeanFigure[];
}

/** Everything that a report shows: what the engine puts into the page, and what the page reads. */
export interface ReportPayload extends RunView {
  version: typeof payloadVersion;
  /** Of the run's samples and arrays what the page carries; absent before the data stage has finished. */
  sample?: EmbeddedSample;
}

export interface ReportFigure extends Figure {
  /** 95 % interval: for an accuracy over n samples Wilson's, for a mean over seeds Student's. */
  interval?: [low: number, high: number];
  /** The value is the mean over so many seeds. */
  seeds?: number;
}

/** One metric of one stage over its steps. */
export interface MetricSeries {
  stage: StageName;
  name: string;
  /** How many values the run recorded; `points` may be a sample of them. */
  total: number;
  points: [step: number, value: number][];
}

/** Some of the samples, with what the stages found for each. Lists have one entry a row of `rows`. */
export interface EmbeddedSample {
  /** Number of samples that there are. */
  total: number;
  /** Dataset rows, ascending. */
  rows: number[];
  /** Entries of `rows` that are a sample of all, stratified by domain and class; others are there to be shown. */
  drawn: number[];
  sampleShape: number[];
  classNames: string[];
  domainNames: string[];
  /** Class index, −1 without a label. */
  labels: number[];
  domains: number[];
  splits: number[];
  names: string[];
  /**
   * By `stage/name`. Arrays with one row a sample of the dataset hold the rows of `rows`; those of fine-tuning, with
   * one row a test sample, the rows that `finetune/rows` lists; others are whole.
   */
  arrays: Record<string, EmbeddedArray>;
  /** Projections that were computed for the report; their files are names of `arrays`. */
  projections: ProjectionAnswer[];
  paths: PathAnswer[];
  /** All thumbnails in one image, entry i at column i mod `across`, row ⌊i / across⌋. */
  thumbnails?: ThumbnailSheet;
}

export interface ThumbnailSheet {
  url: string;
  across: number;
  down: number;
  width: number;
  height: number;
}

export interface EmbeddedArray {
  shape: number[];
  type: 'float32' | 'float64' | 'int32' | 'uint8';
  /** Little-endian bytes. */
  base64: string;
}
