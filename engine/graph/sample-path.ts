import { shortestPath } from './path';
import type { StoredGraph } from './stored-graph';

export interface SamplePath {
  /** Dataset rows from start to end. */
  readonly rows: number[];
  /** Weight of each step. */
  readonly weights: number[];
  /** Sum of the steps' lengths (see `shortestPath`). */
  readonly length: number;
}

type Found = NonNullable<ReturnType<typeof shortestPath>>;

/**
 * The path between samples; where nodes are augmented samples, from any node of the one to any of the other, and steps
 * between nodes of one sample are left out. Undefined where they lie in different components.
 */
export function samplePath({ graph, sampleOf }: StoredGraph, from: number, to: number): SamplePath | undefined {
  const nodesOf = (row: number) => (sampleOf ? [...sampleOf.keys()].filter((x) => sampleOf[x] === row) : [row]);
  const found = nodesOf(from)
    .flatMap((start) => shortestPath(graph, start, nodesOf(to)) ?? [])
    .reduce((best, next) => (next.length < (best?.length ?? Infinity) ? next : best), undefined as Found | undefined);
  if (!found) return undefined;
  const rows: number[] = [];
  const weights: number[] = [];
  found.nodes.forEach((node, i) => {
    const row = sampleOf ? sampleOf[node]! : node;
    if (row === rows.at(-1)) return;
    if (i > 0) weights.push(found.weights[i - 1]!);
    rows.push(row);
  });
  return { rows, weights, length: found.length };
}
