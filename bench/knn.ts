import { knnFigures } from './spectrum/knn';
import type { BenchFlags, BenchResult } from './support/contract';

/** Approximate nearest neighbours at the size of a large study. Flags: --n, --d, --k, --rounds. */
export async function run(flags: BenchFlags): Promise<BenchResult> {
  const number = (name: string, otherwise: number): number =>
    typeof flags[name] === 'string' ? Number(flags[name]) : otherwise;
  const setup = { n: number('n', 100_000), d: number('d', 64), k: number('k', 15), rounds: number('rounds', 3) };
  return { figures: await knnFigures(setup) };
}
