import { samplePath } from '../graph/sample-path';
import type { StoredGraph } from '../graph/stored-graph';
import type { PathAnswer } from './answers';

/** The shortest path through a run's graph between two samples, given as dataset rows. */
export function pathBetween(stored: StoredGraph, from: number, to: number): PathAnswer {
  const found = samplePath(stored, from, to);
  return {
    graph: stored.meaning,
    ...{ from, to },
    length: found?.length ?? null,
    path: found?.rows.map((row, i) => ({ row, ...(i > 0 && { weight: found.weights[i - 1]! }) })) ?? null,
  };
}
