import { UserError } from '../errors';

/** An undirected weighted graph as a symmetric sparse matrix: 8 bytes a nonzero. */
export interface CsrGraph {
  readonly nodes: number;
  /** nodes + 1 offsets into columns and values; columns ascend within a row. */
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  /** Positive weights. */
  readonly values: Float32Array;
}

export interface EdgeList {
  /** Number of nodes; ends of edges are 0 … nodes − 1. */
  readonly nodes: number;
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  /** Weight of each edge, 1 without them. */
  readonly weights?: ArrayLike<number>;
}

/**
 * A graph from its edges. With `form: 'undirected'` each edge is listed once, in either direction; with 'symmetric'
 * both directions of each are listed and must have the same weight. Edges listed several times are summed (an edge of
 * an undirected list also when it is listed in both directions), an edge from a node to itself is one diagonal entry.
 * Zero weights are dropped. Throws UserError for an end out of range, a weight that is negative or not a number,
 * and a 'symmetric' list that is not.
 */
export function graphFromEdges(edges: EdgeList, form: 'undirected' | 'symmetric' = 'undirected'): CsrGraph {
  checkEdges(edges);
  const graph = mergeDuplicates(bucketByRow(edges, form === 'undirected'));
  if (form === 'symmetric') checkSymmetric(graph);
  return graph;
}

function checkEdges({ nodes, from, to, weights }: EdgeList): void {
  if (from.length !== to.length || (weights && weights.length !== from.length))
    throw new UserError(
      'graph-edges',
      `The edge list has ${from.length} starts, ${to.length} ends and ${weights?.length ?? from.length} weights; give as many of each.`,
    );
  for (let e = 0; e < from.length; e++) {
    const [a, b] = [from[e]!, to[e]!];
    if (!(Number.isInteger(a) && a >= 0 && a < nodes && Number.isInteger(b) && b >= 0 && b < nodes))
      throw new UserError('graph-edges', `Edge ${e} joins ${a} and ${b}; nodes are numbered 0 to ${nodes - 1}.`);
    const weight = weights ? Math.fround(weights[e]!) : 1;
    if (!(weight >= 0 && weight < Infinity))
      throw new UserError(
        'graph-weights',
        `Edge ${e} (${a}–${b}) has the weight ${weights?.[e]}; weights must be finite and not negative.`,
      );
  }
}

/** Entries by row, in no order within one, duplicates kept. */
function bucketByRow({ nodes, from, to, weights }: EdgeList, mirror: boolean): CsrGraph {
  const starts = new Uint32Array(nodes + 1);
  let entries = 0;
  for (let e = 0; e < from.length; e++) {
    starts[from[e]! + 1]!++;
    entries++;
    if (!mirror || from[e] === to[e]) continue;
    starts[to[e]! + 1]!++;
    entries++;
  }
  if (entries > 0xffffffff)
    throw new UserError('graph-size', `${entries} entries are more than a graph can hold (2³²).`);
  for (let i = 0; i < nodes; i++) starts[i + 1]! += starts[i]!;
  const columns = new Uint32Array(entries);
  const values = new Float32Array(entries);
  const next = starts.slice();
  for (let e = 0; e < from.length; e++) {
    const [a, b] = [from[e]!, to[e]!];
    const weight = weights ? weights[e]! : 1;
    const at = next[a]!++;
    columns[at] = b;
    values[at] = weight;
    if (!mirror || a === b) continue;
    const back = next[b]!++;
    columns[back] = a;
    values[back] = weight;
  }
  return { nodes, starts, columns, values };
}

/** Sorts each row by column, sums equal columns and drops zeros. */
function mergeDuplicates({ nodes, starts, columns, values }: CsrGraph): CsrGraph {
  const kept = new Uint32Array(nodes + 1);
  let write = 0;
  for (let row = 0; row < nodes; row++) {
    const [from, to] = [starts[row]!, starts[row + 1]!];
    sortRow(columns, values, from, to);
    let read = from;
    while (read < to) {
      const column = columns[read]!;
      let sum = 0;
      for (; read < to && columns[read] === column; read++) sum += values[read]!;
      if (sum === 0) continue;
      columns[write] = column;
      values[write++] = sum;
    }
    kept[row + 1] = write;
  }
  const whole = write === columns.length;
  return {
    nodes,
    starts: kept,
    columns: whole ? columns : columns.slice(0, write),
    values: whole ? values : values.slice(0, write),
  };
}

function sortRow(columns: Uint32Array, values: Float32Array, from: number, to: number): void {
  if (to - from > 48) {
    const order = Array.from({ length: to - from }, (_, i) => from + i).sort(
      (a, b) => columns[a]! - columns[b]! || a - b,
    );
    const sortedColumns = order.map((i) => columns[i]!);
    const sortedValues = order.map((i) => values[i]!);
    columns.set(sortedColumns, from);
    values.set(sortedValues, from);
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const column = columns[i]!;
    const value = values[i]!;
    let j = i - 1;
    for (; j >= from && columns[j]! > column; j--) {
      columns[j + 1] = columns[j]!;
      values[j + 1] = values[j]!;
    }
    columns[j + 1] = column;
    values[j + 1] = value;
  }
}

/** Throws UserError where an entry's mirror is missing or differs. Takes one pass: rows are met in ascending order. */
function checkSymmetric({ nodes, starts, columns, values }: CsrGraph): void {
  const next = starts.slice(0, nodes);
  for (let row = 0; row < nodes; row++) {
    for (let e = starts[row]!; e < starts[row + 1]!; e++) {
      const column = columns[e]!;
      if (column < row) continue;
      // Row `column` meets its mirrors in ascending order of `row`.
      const mirror = next[column]!;
      const there = mirror < starts[column + 1]! ? columns[mirror]! : -1;
      const weight = there === row ? values[mirror]! : 0;
      // An entry before this one had no mirror in an earlier row.
      if (there >= 0 && there < row) asymmetric(column, there, values[mirror]!, 0);
      if (Math.abs(weight - values[e]!) > 1e-6 * values[e]!) asymmetric(row, column, values[e]!, weight);
      next[column] = mirror + 1;
    }
    // What the row has left below the diagonal had no mirror either.
    const left = next[row]!;
    if (left < starts[row + 1]! && columns[left]! < row) asymmetric(row, columns[left]!, values[left]!, 0);
  }
}

function asymmetric(row: number, column: number, weight: number, mirror: number): never {
  throw new UserError(
    'graph-symmetry',
    `The edge list is not symmetric: ${row}→${column} has weight ${weight} and ${column}→${row} has ${mirror}; ` +
      'list each edge once (undirected) or with the same weight in both directions.',
  );
}

/** Weighted degree d_i of each node, summed in double precision. */
export function degrees({ nodes, starts, values }: CsrGraph): Float64Array {
  const sums = new Float64Array(nodes);
  for (let i = 0; i < nodes; i++) {
    const stop = starts[i + 1]!;
    let sum = 0;
    for (let e = starts[i]!; e < stop; e++) sum += values[e]!;
    sums[i] = sum;
  }
  return sums;
}
