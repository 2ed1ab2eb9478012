import type { EmbeddedArray } from './payload';

export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** An array as a page carries it. Types that a page has no use for become the nearest that it has. */
export function embedArray(shape: readonly number[], data: ArrayLike<number | bigint>): EmbeddedArray {
  const numbers = plain(data);
  const type =
    numbers instanceof Float64Array
      ? 'float64'
      : numbers instanceof Int32Array
        ? 'int32'
        : numbers instanceof Uint8Array
          ? 'uint8'
          : 'float32';
  return {
    shape: [...shape],
    type,
    base64: Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64'),
  };
}

function plain(data: ArrayLike<number | bigint>): Numbers {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  if (data instanceof Int32Array || data instanceof Uint8Array) return data;
  return Float64Array.from(data, Number);
}

/** Some rows and the first columns of an array with `width` columns. */
export function rowsOf(
  data: Numbers,
  width: number,
  rows: readonly number[],
  columns: number,
  dimensions: number,
): EmbeddedArray {
  const kept = Math.min(width, columns);
  const result = plain(data.slice(0, 0)).constructor as new (length: number) => Numbers;
  const taken = new result(rows.length * kept);
  rows.forEach((row, i) => taken.set(data.subarray(row * width, row * width + kept), i * kept));
  return embedArray(dimensions === 1 ? [rows.length] : [rows.length, kept], taken);
}
