import type { MeanFigure, RunView } from '../engine/report/payload';

/**
 * What the editor and its panels say to each other. Both sides check what arrives: a panel that was restored may be
 * older than the extension, and a page is no place to trust.
 */

/** The panels: each is a folder of webview/ and a bundle of that name. */
export const panelKinds = ['clusters', 'transfer', 'distortion', 'live', 'compare'] as const;
export type PanelKind = (typeof panelKinds)[number];

/** How far a running run is. */
export interface PanelProgress {
  stage: string;
  label?: string;
  /** 0 to 1 within the stage. */
  fraction?: number;
  etaSeconds?: number;
}

/** Steps, samples or whatever a stage counts, by the second. */
export interface Throughput {
  stage: string;
  label: string;
  /** Seconds since the run began, and how many were done a second since the point before. */
  points: [seconds: number, rate: number][];
}

/** A run as a panel shows it. */
export interface PanelRun {
  /** Names the run in every message. */
  key: string;
  view: RunView;
  /** `14:05`, in the reader's language. */
  started: string;
  /** Where the page fetches the run's files from. */
  base: string;
  /** Files that are there, below the run directory: `stages/spectrum/eigenvalues.npy`. */
  files: string[];
  progress?: PanelProgress;
  throughput: Throughput[];
}

/** Runs that differ in their seed alone. */
export interface SeedGroup {
  /** Their keys. */
  runs: string[];
  figures: MeanFigure[];
  /** Its figures less those of the baseline's group, paired by seed; absent where fewer than two seeds are in both. */
  differences?: MeanFigure[];
}

/** What a page asks the engine. */
export type Query =
  | { kind: 'clusters'; k: number }
  | {
      kind: 'project';
      method: 'pca' | 'umap';
      space: 'features' | 'embedding' | 'eigenvectors' | 'finetune';
      /** Most samples. */
      limit: number;
    }
  | { kind: 'path'; from: number; to: number };

/** To a panel. Runs come as whole snapshots, never differences: a hidden panel misses nothing. */
export type HostMessage =
  | {
      type: 'show';
      runs: PanelRun[];
      /** Key of the run that the others are held against. */
      baseline: string | undefined;
      /** The runs by what they were asked for; empty where no two differ in their seed alone. */
      groups: SeedGroup[];
    }
  /** Rows of the run's samples: uint8 or float32, one after the other; nothing where they could not be read. */
  | { type: 'rows'; id: number; bytes: Uint8Array | undefined }
  | { type: 'answer'; id: number; value?: unknown; error?: string };

/** From a panel. */
export type PanelMessage =
  | { type: 'ready' }
  | { type: 'addRun' }
  | { type: 'openReport' | 'setBaseline' | 'remove' | 'openStudy' | 'cancel'; run: string }
  | { type: 'openPanel'; run: string; kind: PanelKind }
  | { type: 'rows'; id: number; run: string; rows: number[] }
  | { type: 'ask'; id: number; run: string; query: Query }
  | { type: 'save'; name: string; bytes: Uint8Array }
  | { type: 'copy'; text: string };

/** What a panel keeps over a reload: which runs it shows, and how; their data is read again. */
export interface PanelState {
  runs: string[];
  choices: Record<string, unknown>;
}

/** So many rows are sent at once. */
export const mostRows = 512;

export function readHostMessage(value: unknown): HostMessage | undefined {
  if (!isObject(value)) return undefined;
  switch (value.type) {
    case 'show':
      if (!Array.isArray(value.runs)) return undefined;
      return {
        type: 'show',
        runs: value.runs.filter(isPanelRun),
        baseline: typeof value.baseline === 'string' ? value.baseline : undefined,
        groups: Array.isArray(value.groups) ? value.groups.filter(isSeedGroup) : [],
      };
    case 'rows':
      if (typeof value.id !== 'number') return undefined;
      return { type: 'rows', id: value.id, bytes: value.bytes instanceof Uint8Array ? value.bytes : undefined };
    case 'answer':
      if (typeof value.id !== 'number') return undefined;
      return {
        type: 'answer',
        id: value.id,
        value: value.value,
        error: typeof value.error === 'string' ? value.error : undefined,
      };
    default:
      return undefined;
  }
}

function isPanelRun(run: unknown): run is PanelRun {
  return (
    isObject(run) &&
    typeof run.key === 'string' &&
    typeof run.base === 'string' &&
    Array.isArray(run.files) &&
    Array.isArray(run.throughput) &&
    isObject(run.view) &&
    isObject(run.view.run) &&
    isObject(run.view.details) &&
    Array.isArray(run.view.figures) &&
    Array.isArray(run.view.metrics)
  );
}

function isSeedGroup(group: unknown): group is SeedGroup {
  return isObject(group) && Array.isArray(group.runs) && Array.isArray(group.figures);
}

export function readPanelMessage(value: unknown): PanelMessage | undefined {
  if (!isObject(value)) return undefined;
  const run = typeof value.run === 'string' ? value.run : undefined;
  const id = typeof value.id === 'number' ? value.id : undefined;
  switch (value.type) {
    case 'ready':
    case 'addRun':
      return { type: value.type };
    case 'openReport':
    case 'setBaseline':
    case 'remove':
    case 'openStudy':
    case 'cancel':
      return run === undefined ? undefined : { type: value.type, run };
    case 'openPanel': {
      const kind = panelKinds.find((one) => one === value.kind);
      return run === undefined || kind === undefined ? undefined : { type: 'openPanel', run, kind };
    }
    case 'rows': {
      const rows = Array.isArray(value.rows) ? value.rows.filter(isRow).slice(0, mostRows) : [];
      return run === undefined || id === undefined ? undefined : { type: 'rows', id, run, rows };
    }
    case 'ask': {
      const query = readQuery(value.query);
      return run === undefined || id === undefined || !query ? undefined : { type: 'ask', id, run, query };
    }
    case 'save':
      return typeof value.name === 'string' && value.bytes instanceof Uint8Array
        ? { type: 'save', name: value.name, bytes: value.bytes }
        : undefined;
    case 'copy':
      return typeof value.text === 'string' ? { type: 'copy', text: value.text } : undefined;
    default:
      return undefined;
  }
}

function readQuery(value: unknown): Query | undefined {
  if (!isObject(value)) return undefined;
  switch (value.kind) {
    case 'clusters':
      return isRow(value.k) ? { kind: 'clusters', k: value.k } : undefined;
    case 'project': {
      const method = (['pca', 'umap'] as const).find((one) => one === value.method);
      const spaces = ['features', 'embedding', 'eigenvectors', 'finetune'] as const;
      const space = spaces.find((one) => one === value.space);
      if (!isRow(value.limit) || value.limit < 2) return undefined;
      return method && space && { kind: 'project', method, space, limit: value.limit };
    }
    case 'path':
      return isRow(value.from) && isRow(value.to) ? { kind: 'path', from: value.from, to: value.to } : undefined;
    default:
      return undefined;
  }
}

export function readPanelState(value: unknown): PanelState {
  const runs = isObject(value) && Array.isArray(value.runs) ? value.runs : [];
  const choices = isObject(value) && isObject(value.choices) ? value.choices : {};
  return { runs: runs.filter((run): run is string => typeof run === 'string'), choices };
}

function isRow(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
