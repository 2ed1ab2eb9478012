/** n × d rows, row-major, scaled to length 1; zero rows stay. */
export function unitRows(values: Float32Array, n: number, d: number): Float32Array {
  const result = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    let squares = 0;
    for (let j = i * d; j < i * d + d; j++) squares += values[j]! ** 2;
    const factor = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let j = i * d; j < i * d + d; j++) result[j] = values[j]! * factor;
  }
  return result;
}
