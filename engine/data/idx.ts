import { UserError } from '../errors';
import { elementCount, shapeText, swapBytes, viewAs, type NumericArray, type NumericData } from './array';
import { readBytes } from './bytes';

interface ElementType {
  readonly width: number;
  view(bytes: Uint8Array): NumericData;
}

/** The third byte of an IDX file names the type of its elements. */
const types: Readonly<Record<number, ElementType>> = {
  0x08: { width: 1, view: (bytes) => viewAs(bytes, Uint8Array) },
  0x09: { width: 1, view: (bytes) => viewAs(bytes, Int8Array) },
  0x0b: { width: 2, view: (bytes) => viewAs(bytes, Int16Array) },
  0x0c: { width: 4, view: (bytes) => viewAs(bytes, Int32Array) },
  0x0d: { width: 4, view: (bytes) => viewAs(bytes, Float32Array) },
  0x0e: { width: 8, view: (bytes) => viewAs(bytes, Float64Array) },
};

/**
 * Reads the content of an IDX file: two zero bytes, type, number of axes, the big-endian length of each axis, then
 * big-endian elements (LeCun's description of MNIST). Throws UserError.
 */
export function parseIdx(content: Uint8Array, file: string): NumericArray {
  const fail = (code: string, what: string): UserError => new UserError(code, `${file} ${what}`, { file });
  const type = types[content[2] ?? -1];
  const axes = content[3] ?? 0;
  if (content[0] !== 0 || content[1] !== 0 || !type || axes === 0) {
    throw fail('idx-magic', 'is not an IDX file: its first four bytes are wrong; check that it is the right file.');
  }
  const dataOffset = 4 + 4 * axes;
  if (content.length < dataOffset) throw fail('idx-length', 'ends too early, within its header; copy it again.');
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = elementCount(shape) * type.width;
  const present = content.length - dataOffset;
  if (present !== expected) {
    const problem = present < expected ? 'ends too early' : 'holds more than it says';
    throw fail(
      'idx-length',
      `${problem}: shape ${shapeText(shape)} needs ${expected} bytes, and there are ${present}; copy it again.`,
    );
  }
  let bytes = content.subarray(dataOffset);
  if (type.width > 1) {
    bytes = Uint8Array.from(bytes);
    swapBytes(bytes, type.width);
  }
  return { shape, data: type.view(bytes) };
}

/** Reads an IDX file, plain or gzip. Throws UserError. */
export async function readIdx(file: string): Promise<NumericArray> {
  return parseIdx(await readBytes(file), file);
}
