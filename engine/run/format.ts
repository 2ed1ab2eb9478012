/**
 * The run directory's formats: what the engine writes and every view reads.
 *
 *   <workspace>/.eigenprobe/runs/<run id>/
 *     run.json         RunRecord, rewritten (temp file + rename) at each change of state and each heartbeat
 *     study.json       the resolved study, every default filled in
 *     events.jsonl     RunEvent, one a line, append-only
 *     results.json     Results, written when a stage ends
 *     report.html      self-contained
 *     views/           what views asked for and can ask for again (clusters of another number, projections)
 *     stages/<stage>/  the stage's own files (.npy, .safetensors, figures.json), hard links into the cache
 */
export const formatVersion = 1;

export const stageNames = [
  'data',
  'import',
  'pretrain',
  'represent',
  'spectrum',
  'probe',
  'transfer',
  'finetune',
  'advantage',
] as const;
/** Stages of a method that transfer is measured for, e.g. pretrain-simclr. */
export type MethodStageName = `${'pretrain' | 'represent'}-${string}`;
type OwnStageName = (typeof stageNames)[number];
export type StageName = OwnStageName | MethodStageName;
/** Something for some of the stages. */
export type PerStage<T> = Partial<Record<OwnStageName, T>> & Record<MethodStageName, T>;

export function isMethodStage(name: string): name is MethodStageName {
  return /^(pretrain|represent)-./.test(name);
}

export type RunState = 'running' | 'finished' | 'failed' | 'cancelled';

export interface RunRecord {
  version: typeof formatVersion;
  id: string;
  state: RunState;
  /** Name and workspace-relative path of the study, and the hash of the resolved study. */
  study: { name: string; path: string; hash: string };
  seed: number;
  /** Device that computes, and why not a better one where one was asked for. */
  device: { name: string; detail: string };
  engine: { version: string; node: string; platform: string };
  /** The process that computes; a running record whose process is gone is an interrupted run. */
  process: { pid: number; host: string };
  startedAt: string;
  updatedAt: string;
  finishedAt?: string;
  stages: PerStage<StageRecord>;
  /** For a failed run: the sentence for the user. */
  error?: string;
  /** For a row of a sweep, or what several of its rows share. */
  sweep?: RunOfSweep;
}

export interface RunOfSweep {
  /** Name of the sweep's folder, `.eigenprobe/sweeps/<id>`. */
  id: string;
  /** Number of the row, from 0; absent where it is shared by several. */
  row?: number;
  /** What sets the row apart, e.g. `seed = 3, pretrain.epochs = 10`. */
  label: string;
}

export interface StageRecord {
  key: string;
  state: 'waiting' | 'running' | 'finished' | 'cached' | 'failed' | 'cancelled';
  seconds?: number;
}

export type RunEvent = { time: string } & (
  | { type: 'run'; state: RunState; message?: string }
  | { type: 'stage'; stage: StageName; state: StageRecord['state']; seconds?: number }
  | { type: 'progress'; stage: StageName; done: number; total: number; label: string; etaSeconds?: number }
  | { type: 'metric'; stage: StageName; name: string; step: number; value: number }
  | { type: 'log'; level: 'info' | 'warning' | 'error'; stage?: StageName; message: string }
);

/** One number shown to a user. */
export interface Figure {
  stage: StageName;
  /** Stable identifier, e.g. `probe.accuracy`, `transfer.target-accuracy`, `finetune.distortion`. */
  id: string;
  /** What a person reads, in the field's terms. */
  label: string;
  value: number;
  unit: 'fraction' | 'distance' | 'eigenvalue' | 'count' | 'score' | 'value';
  better?: 'higher' | 'lower';
  /** e.g. spectral, source-only, random-network, LP, FT, LP-FT. */
  method?: string;
  /** Domain that it was measured on. */
  domain?: string;
  /** Domain whose labels were learned from, where it is not the study's source. */
  source?: string;
  /** In distribution or out of distribution. */
  shift?: 'ID' | 'OOD';
  /** How many samples stand behind it. */
  samples?: number;
}

/** What each stage writes as `figures.json` in its folder. */
export interface StageFigures {
  version: typeof formatVersion;
  stage: StageName;
  figures: Figure[];
  /** Stage-specific structure: names of arrays, confusion matrices, chosen hyper-parameters. */
  details: Record<string, unknown>;
}

export interface Results {
  version: typeof formatVersion;
  run: string;
  study: string;
  figures: Figure[];
  details: PerStage<Record<string, unknown>>;
}
