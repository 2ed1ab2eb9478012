/** One measured number, beside the target that it is held against. */
export interface BenchFigure {
  name: string;
  value: number;
  unit: string;
  /** Absent where there is nothing to hold it against. */
  target?: number;
  better: 'higher' | 'lower';
}

export interface BenchResult {
  figures: BenchFigure[];
}

/** The command line's flags: `--steps 20 --quick` is { steps: '20', quick: true }. */
export type BenchFlags = Readonly<Record<string, string | true>>;

/** What each bench/NAME.ts exports as `run`. */
export type Benchmark = (flags: BenchFlags) => Promise<BenchResult>;
