import { stream } from '../../data/random';
import { graphFromEdges, type CsrGraph } from '../csr';

/**
 * A random graph with `sizes.length` blocks: every pair of nodes is joined, with weight 1, with the probability that the
 * two blocks have. Node numbers run through the blocks in order. Pairs are skipped by geometric jumps, so the time
 * goes with the edges.
 */
export function blockGraph(
  sizes: readonly number[],
  probability: (a: number, b: number) => number,
  seed: number,
): { graph: CsrGraph; blockOf: Int32Array } {
  const starts = [0];
  for (const size of sizes) starts.push(starts.at(-1)! + size);
  const nodes = starts.at(-1)!;
  const blockOf = new Int32Array(nodes);
  sizes.forEach((_, block) => blockOf.fill(block, starts[block], starts[block + 1]));
  const from: number[] = [];
  const to: number[] = [];
  for (let a = 0; a < sizes.length; a++) {
    for (let b = 0; b <= a; b++) {
      const p = probability(a, b);
      const random = stream(seed, 'block graph', a, b);
      const pairs = a === b ? (sizes[a]! * (sizes[a]! - 1)) / 2 : sizes[a]! * sizes[b]!;
      for (let at = jump(random.next(), p); at < pairs; at += 1 + jump(random.next(), p)) {
        const [x, y] = a === b ? pairBelow(at) : [Math.floor(at / sizes[b]!), at % sizes[b]!];
        from.push(starts[a]! + x);
        to.push(starts[b]! + y);
      }
    }
  }
  return { graph: graphFromEdges({ nodes, from, to }), blockOf };
}

/** Pairs that fail before the next success. */
function jump(uniform: number, p: number): number {
  if (p >= 1) return 0;
  if (!(p > 0)) return Infinity;
  return Math.floor(Math.log(1 - uniform) / Math.log(1 - p));
}

/** The at-th pair (x, y) with y < x. */
function pairBelow(at: number): [number, number] {
  let x = Math.floor((1 + Math.sqrt(1 + 8 * at)) / 2);
  // Rounding of the root.
  while ((x * (x - 1)) / 2 > at) x--;
  while ((x * (x + 1)) / 2 <= at) x++;
  return [x, at - (x * (x - 1)) / 2];
}
