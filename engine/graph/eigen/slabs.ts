import type { NormalizedGraph } from './normalized';

/**
 * A matrix by slabs of 2^shift columns, each a CSR of its own: what a pass over one slab gathers stays in the caches.
 * A smaller slab misses them less often, more slabs pass over the image more often, and the best balance grows as √n.
 */
function slabShift(n: number): number {
  return Math.ceil(Math.log2(Math.sqrt(n * 31_250)));
}

/** Slabs of a matrix of n rows. */
export function slabCount(n: number): number {
  return ((n - 1) >>> slabShift(n)) + 1;
}

export interface Slabs {
  /** slabs × (n + 1) offsets into columns and values. */
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

/** Stores Ā by slabs, rows and columns in the given order of nodes; `starts` comes zeroed. */
export function fillSlabs(
  { graph, inverseRoots }: NormalizedGraph,
  order: Uint32Array,
  { starts, columns, values }: Slabs,
): void {
  const { nodes: n, starts: from, columns: neighbours, values: weights } = graph;
  const [slabs, shift] = [slabCount(n), slabShift(n)];
  const place = new Uint32Array(n);
  const roots = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    place[order[row]!] = row;
    roots[row] = inverseRoots[order[row]!]!;
  }
  const counts = new Uint32Array(slabs);
  // Where each slab's next entry goes; the first pass over the rows may be spared where there is only one.
  const cursor = new Uint32Array(slabs);
  if (slabs > 1) {
    for (let row = 0; row < n; row++) {
      const stop = from[order[row]! + 1]!;
      for (let e = from[order[row]!]!; e < stop; e++) counts[place[neighbours[e]!]! >>> shift]!++;
    }
    for (let slab = 1; slab < slabs; slab++) cursor[slab] = cursor[slab - 1]! + counts[slab - 1]!;
  }
  for (let slab = 0; slab < slabs; slab++) starts[slab * (n + 1)] = cursor[slab]!;
  for (let row = 0; row < n; row++) {
    const stop = from[order[row]! + 1]!;
    const root = roots[row]!;
    for (let e = from[order[row]!]!; e < stop; e++) {
      const column = place[neighbours[e]!]!;
      const at = cursor[column >>> shift]!++;
      columns[at] = column;
      values[at] = weights[e]! * root * roots[column]!;
    }
    for (let slab = 0; slab < slabs; slab++) starts[slab * (n + 1) + row + 1] = cursor[slab]!;
  }
}
