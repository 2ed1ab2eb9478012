/** An array as views read it. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads a .npy file of little-endian float32, float64, int32 or bytes, rows first: what the engine writes. Throws where
 * it is another, or cut off.
 */
export function parseNpy(buffer: ArrayBuffer): NdArray {
  const bytes = new Uint8Array(buffer);
  if (magic.some((byte, i) => bytes[i] !== byte)) throw new Error('It is no .npy file.');
  const view = new DataView(buffer);
  const wide = bytes[6]! >= 2;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (wide ? 12 : 10) + length;
  const header = new TextDecoder('latin1').decode(bytes.subarray(wide ? 12 : 10, start));
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const dims = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '';
  const shape = dims
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(Number);
  if (/'fortran_order':\s*True/.test(header)) throw new Error('Its columns come first.');
  const count = shape.reduce((product, size) => product * size, 1);
  const data = typed(buffer, start, type, count);
  if (!data) throw new Error(`Its type ${type} is not one that is read here, or it ends too early.`);
  return { shape, data };
}

function typed(buffer: ArrayBuffer, start: number, type: string, count: number): NdArray['data'] | undefined {
  const sizes: Record<string, number> = { '<f4': 4, '<f8': 8, '<i4': 4, '|u1': 1, '|b1': 1 };
  const size = sizes[type];
  if (size === undefined || start + size * count > buffer.byteLength) return undefined;
  // Numbers must lie at a multiple of their size; headers are padded so that they do.
  const own = start % size === 0 ? buffer : buffer.slice(start);
  const at = own === buffer ? start : 0;
  if (type === '<f4') return new Float32Array(own, at, count);
  if (type === '<f8') return new Float64Array(own, at, count);
  if (type === '<i4') return new Int32Array(own, at, count);
  return new Uint8Array(own, at, count);
}
