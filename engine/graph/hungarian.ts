/**
 * Minimum-cost assignment of a rows × columns cost matrix (row-major), rectangular allowed:
 * shortest augmenting paths with potentials (Kuhn–Munkres as Jonker and Volgenant 1987 state it), O(r²c).
 * Returns for each row its column, −1 for rows left over when rows > columns.
 */
export function minimumAssignment(cost: ArrayLike<number>, rows: number, columns: number): Int32Array {
  if (rows > columns) {
    const transposed = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) transposed[j * rows + i] = cost[i * columns + j]!;
    const rowOfColumn = minimumAssignment(transposed, columns, rows);
    const result = new Int32Array(rows).fill(-1);
    rowOfColumn.forEach((row, column) => (result[row] = column));
    return result;
  }
  // Index 0 of the column arrays is a virtual column that holds the row being placed.
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const previous = new Int32Array(columns + 1);
  const slack = new Float64Array(columns + 1);
  const used = new Uint8Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    slack.fill(Infinity);
    used.fill(0);
    let column = 0;
    do {
      used[column] = 1;
      const i = rowOf[column]!;
      let best = Infinity;
      let next = 0;
      for (let j = 1; j <= columns; j++) {
        if (used[j]) continue;
        const reduced = cost[(i - 1) * columns + j - 1]! - rowPotential[i]! - columnPotential[j]!;
        if (reduced < slack[j]!) {
          slack[j] = reduced;
          previous[j] = column;
        }
        if (slack[j]! < best) {
          best = slack[j]!;
          next = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (used[j]) {
          rowPotential[rowOf[j]!]! += best;
          columnPotential[j]! -= best;
        } else slack[j]! -= best;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const from = previous[column]!;
      rowOf[column] = rowOf[from]!;
      column = from;
    }
  }
  const result = new Int32Array(rows).fill(-1);
  for (let j = 1; j <= columns; j++) if (rowOf[j]! > 0) result[rowOf[j]! - 1] = j - 1;
  return result;
}

/** The same for the greatest total value. */
export function maximumAssignment(value: ArrayLike<number>, rows: number, columns: number): Int32Array {
  return minimumAssignment(
    Float64Array.from({ length: rows * columns }, (_, i) => -value[i]!),
    rows,
    columns,
  );
}
