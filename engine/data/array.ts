export type NumericData =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** Numbers with a shape, row-major. `data.length` is the product of `shape`. */
export interface NumericArray {
  readonly shape: readonly number[];
  readonly data: NumericData;
}

/** Product of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** `60000 × 28 × 28`, as sentences show shapes. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'a single number' : shape.length === 1 ? String(shape[0]) : shape.join(' × ');
}

/** Reverses the bytes of every element, in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else if (width === 8) buffer.swap64();
}

interface TypedArrayConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/** Sees bytes as elements of another type: a view where they are aligned, else a copy. */
export function viewAs<T>(bytes: Uint8Array, type: TypedArrayConstructor<T>): T {
  const length = Math.floor(bytes.byteLength / type.BYTES_PER_ELEMENT);
  if (bytes.byteOffset % type.BYTES_PER_ELEMENT === 0) return new type(bytes.buffer, bytes.byteOffset, length);
  return new type(Uint8Array.prototype.slice.call(bytes).buffer, 0, length);
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
