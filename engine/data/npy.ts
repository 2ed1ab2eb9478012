import { UserError } from '../errors';
import { writeFileAtomic } from '../run/atomic';
import { bytesOf, elementCount, shapeText, swapBytes, viewAs, type NumericArray, type NumericData } from './array';
import { readBytes } from './bytes';
import { decodeFloat16Array } from './float16';
import { encodeNpyHeader, parseNpyHeader } from './npy-header';

/** An array of a .npy file, always row-major here. */
export interface NpyArray extends NumericArray {
  /** NumPy's type string in the file, e.g. `<f4`. */
  readonly descr: string;
}

type Decoder = (bytes: Uint8Array, file: string) => NumericData;

/** Little-endian bytes to numbers, by NumPy's kind and width. 64-bit integers become 32-bit ones, checked. */
const decoders: Record<string, Decoder> = {
  b1: (bytes) => bytes.map((byte) => (byte === 0 ? 0 : 1)),
  u1: (bytes) => viewAs(bytes, Uint8Array),
  i1: (bytes) => viewAs(bytes, Int8Array),
  u2: (bytes) => viewAs(bytes, Uint16Array),
  i2: (bytes) => viewAs(bytes, Int16Array),
  u4: (bytes) => viewAs(bytes, Uint32Array),
  i4: (bytes) => viewAs(bytes, Int32Array),
  u8: (bytes, file) => narrow(viewAs(bytes, BigUint64Array), file),
  i8: (bytes, file) => narrow(viewAs(bytes, BigInt64Array), file),
  f2: (bytes) => decodeFloat16Array(viewAs(bytes, Uint16Array)),
  f4: (bytes) => viewAs(bytes, Float32Array),
  f8: (bytes) => viewAs(bytes, Float64Array),
};

/** 64-bit integers as 32-bit ones. Throws UserError where one does not fit. */
export function narrow(values: BigInt64Array | BigUint64Array, file: string): Int32Array {
  const narrowed = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (value !== (value | 0)) {
      throw new UserError(
        'npy-range',
        `${file} holds the 64-bit integer ${values[i]} (element ${i}), which does not fit into 32 bits; save it as int32 or float32.`,
        { file },
      );
    }
    narrowed[i] = value;
  }
  return narrowed;
}

/**
 * Reads the content of a .npy file: bool, integers of 8 to 64 bits, floats of 16 to 64 bits, either byte order,
 * C or Fortran order. Float16 becomes float32. `file` names it in errors. Throws UserError.
 */
export function parseNpy(content: Uint8Array, file: string): NpyArray {
  const { descr, fortranOrder, shape, dataOffset } = parseNpyHeader(content, file);
  const [, endian, kind = ''] = /^([<>|=]?)([a-zA-Z]\d+)$/.exec(descr) ?? [];
  const decode = Object.hasOwn(decoders, kind) ? decoders[kind] : undefined;
  if (!decode) throw new UserError('npy-type', typeSentence(descr, file), { file });

  const width = Number(kind.slice(1));
  const expected = elementCount(shape) * width;
  const present = content.length - dataOffset;
  if (present !== expected) {
    const problem = present < expected ? 'ends too early' : 'holds more than it says';
    throw new UserError(
      'npy-length',
      `${file} ${problem}: shape ${shapeText(shape)} of ${descr} needs ${expected} bytes, and there are ${present}; save it again.`,
      { file },
    );
  }
  let bytes = content.subarray(dataOffset);
  if (endian === '>' && width > 1) {
    bytes = Uint8Array.from(bytes);
    swapBytes(bytes, width);
  }
  const data = decode(bytes, file);
  return { descr, shape, data: fortranOrder ? toRowMajor(data, shape) : data };
}

function typeSentence(descr: string, file: string): string {
  const advice = 'save numbers (bool, int8…64, uint8…64, float16…64)';
  if (/[USa]/.test(descr)) return `${file} holds text (${descr}), but numbers are needed; ${advice}.`;
  if (descr.includes('O')) return `${file} holds Python objects (${descr}), which are not read; ${advice}.`;
  if (descr.includes('c')) return `${file} holds complex numbers (${descr}), which have no use here; ${advice}.`;
  return `${file} holds the type ${descr}, which is not read; ${advice}.`;
}

/** First index fastest to last index fastest. */
function toRowMajor(data: NumericData, shape: readonly number[]): NumericData {
  if (shape.length < 2) return data;
  const result = data.slice();
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Reads a .npy file, plain or gzip. Throws UserError. */
export async function readNpy(file: string): Promise<NpyArray> {
  return parseNpy(await readBytes(file), file);
}

function descrOf(data: NumericData): string {
  if (data instanceof Uint8Array) return '|u1';
  if (data instanceof Int8Array) return '|i1';
  if (data instanceof Uint16Array) return '<u2';
  if (data instanceof Int16Array) return '<i2';
  if (data instanceof Uint32Array) return '<u4';
  if (data instanceof Int32Array) return '<i4';
  if (data instanceof Float32Array) return '<f4';
  return '<f8';
}

/** A .npy file's content, of the type that the data has. */
export function encodeNpy({ shape, data }: NumericArray): Uint8Array {
  if (data.length !== elementCount(shape)) {
    throw new RangeError(`Shape ${shapeText(shape)} does not hold ${data.length} elements.`);
  }
  const header = encodeNpyHeader(descrOf(data), shape);
  const content = new Uint8Array(header.length + data.byteLength);
  content.set(header);
  content.set(bytesOf(data), header.length);
  return content;
}

/** Writes a .npy file by temporary file and rename. */
export async function writeNpy(file: string, array: NumericArray): Promise<void> {
  await writeFileAtomic(file, encodeNpy(array));
}
