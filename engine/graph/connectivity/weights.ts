import type { CsrGraph } from '../csr';
import type { Cells } from './cells';

/**
 * Mean weight between the samples of each two cells, count × count, when sample x counts `copies[x]` times; pairs of a
 * sample with itself are left out.
 */
export type CellWeights = (copies: Float64Array) => Float64Array;

/** Of a graph whose node i stands for sample sampleOf[i]: a pair of samples has the sum of its nodes' weights. */
export function graphWeights(
  { nodes, starts, columns, values }: CsrGraph,
  sampleOf: Int32Array,
  cells: Cells,
): CellWeights {
  const { cellOf, count } = cells;
  // Ends of the edges between samples of cells, their weights, and the place of their pair of cells.
  const left = new Int32Array(columns.length);
  const right = new Int32Array(columns.length);
  const weights = new Float32Array(columns.length);
  const places = new Int32Array(columns.length);
  let edges = 0;
  for (let i = 0; i < nodes; i++) {
    const a = sampleOf[i]!;
    if (cellOf[a]! < 0) continue;
    for (let e = starts[i]!; e < starts[i + 1]!; e++) {
      const b = sampleOf[columns[e]!]!;
      if (b === a || cellOf[b]! < 0) continue;
      left[edges] = a;
      right[edges] = b;
      weights[edges] = values[e]!;
      places[edges++] = cellOf[a]! * count + cellOf[b]!;
    }
  }
  return (copies) => {
    const sums = new Float64Array(count * count);
    for (let e = 0; e < edges; e++) sums[places[e]!]! += weights[e]! * copies[left[e]!]! * copies[right[e]!]!;
    return overPairs(sums, copies, cells);
  };
}

/**
 * Of the operator that a representation defines: weights f(x)ᵀf(x'). They are the graph's where the representation is a
 * minimiser of the loss, and may be negative between samples; the mean over cells is (mean f)ᵀ(mean f).
 */
export function operatorWeights(features: Float32Array, d: number, cells: Cells): CellWeights {
  return (copies) => {
    const { rows, count } = cells;
    const totals = new Float64Array(count * d);
    const own = new Float64Array(count);
    rows.forEach((list, cell) => {
      for (const x of list) {
        const times = copies[x]!;
        if (times === 0) continue;
        let squares = 0;
        for (let j = 0; j < d; j++) {
          const value = features[x * d + j]!;
          totals[cell * d + j]! += times * value;
          squares += value * value;
        }
        own[cell]! += times * times * squares;
      }
    });
    const sums = new Float64Array(count * count);
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) {
        let sum = 0;
        for (let j = 0; j < d; j++) sum += totals[a * d + j]! * totals[b * d + j]!;
        sums[a * count + b] = a === b ? sum - own[a]! : sum;
      }
    }
    return overPairs(sums, copies, cells);
  };
}

function overPairs(sums: Float64Array, copies: Float64Array, { rows, count }: Cells): Float64Array {
  const sizes = rows.map((list) => list.reduce((sum, x) => sum + copies[x]!, 0));
  const selfPairs = rows.map((list) => list.reduce((sum, x) => sum + copies[x]! ** 2, 0));
  return sums.map((sum, at) => {
    const [a, b] = [Math.floor(at / count), at % count];
    const pairs = a === b ? sizes[a]! ** 2 - selfPairs[a]! : sizes[a]! * sizes[b]!;
    return pairs > 0 ? sum / pairs : 0;
  });
}
