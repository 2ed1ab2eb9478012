import { UserError } from '../errors';
import { listChoices, suggest } from '../study/suggest';
import { writeFileAtomic } from '../run/atomic';
import { bytesOf, elementCount, shapeText, viewAs } from './array';
import { readBytes } from './bytes';
import { decodeBfloat16Array, decodeFloat16Array, encodeBfloat16, encodeFloat16 } from './float16';
import { narrow } from './npy';

export type SafetensorType = 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8';

/** A tensor of a .safetensors file. F16 and BF16 are float32 here, I64 is int32. */
export interface Safetensor {
  readonly dtype: SafetensorType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** A tensor to write: by default F32, I32 or U8, as its data is. */
export interface SafetensorInput {
  readonly dtype?: SafetensorType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, Safetensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const widths: Record<SafetensorType, number> = { F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1 };
/** The format's own limit. */
const longestHeader = 100_000_000;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads the content of a .safetensors file: the header's length (uint64, little-endian), the header (JSON: name →
 * dtype, shape, data_offsets; `__metadata__`), the tensors without holes (huggingface/safetensors, "Format").
 * Throws UserError.
 */
export function parseSafetensors(content: Uint8Array, file: string): Safetensors {
  const fail = (what: string): UserError =>
    new UserError('safetensors-damaged', `${file} is not a readable .safetensors file: ${what}; save it again.`, {
      file,
    });
  if (content.length < 8) throw fail('it is shorter than its header');
  const length = Number(new DataView(content.buffer, content.byteOffset, 8).getBigUint64(0, true));
  if (length > longestHeader) throw fail(`its header would be ${length} bytes long`);
  if (content.length < 8 + length) throw fail('it ends within its header');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content.subarray(8, 8 + length)));
  } catch {
    throw fail('its header is not JSON');
  }
  if (!isObject(header)) throw fail('its header is not an object');

  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== 'string')) {
    throw fail('its metadata are not strings');
  }
  const data = content.subarray(8 + length);
  const spans: [number, number][] = [];
  const tensors = new Map<string, Safetensor>();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, begin, end } = readEntry(entry, name, fail);
    if (!Object.hasOwn(widths, dtype)) {
      const message = `The tensor "${name}" of ${file} has the type ${dtype}; save it as one of ${Object.keys(widths).join(', ')}.`;
      throw new UserError('safetensors-type', message, { file });
    }
    const type = dtype as SafetensorType;
    const size = elementCount(shape) * widths[type];
    if (end - begin !== size) {
      throw fail(`tensor "${name}" of shape ${shapeText(shape)} needs ${size} bytes, not ${end - begin}`);
    }
    if (end > data.length) throw fail(`it ends too early, tensor "${name}" is cut off`);
    spans.push([begin, end]);
    tensors.set(name, { dtype: type, shape, data: decode(type, data.subarray(begin, end), `${file}:${name}`) });
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const last = spans.reduce((position, [begin, end]) => {
    if (begin !== position) throw fail('its tensors overlap or leave holes');
    return end;
  }, 0);
  if (last !== data.length) throw fail('there are bytes after its last tensor');
  return { tensors, metadata: metadata as Record<string, string> };
}

function readEntry(entry: unknown, name: string, fail: (what: string) => UserError) {
  const wrong = fail(`the entry of tensor "${name}" is wrong`);
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
  if (!isObject(entry)) throw wrong;
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !Array.isArray(offsets)) throw wrong;
  const [begin, end] = offsets as unknown[];
  if (!shape.every(isCount) || !isCount(begin) || !isCount(end) || offsets.length !== 2) throw wrong;
  return { dtype, shape, begin, end };
}

function decode(dtype: SafetensorType, bytes: Uint8Array, name: string): Safetensor['data'] {
  switch (dtype) {
    case 'F32':
      return viewAs(bytes, Float32Array);
    case 'F16':
      return decodeFloat16Array(viewAs(bytes, Uint16Array));
    case 'BF16':
      return decodeBfloat16Array(viewAs(bytes, Uint16Array));
    case 'I64':
      return narrow(viewAs(bytes, BigInt64Array), name);
    case 'I32':
      return viewAs(bytes, Int32Array);
    case 'U8':
      return bytes;
  }
}

function encode(dtype: SafetensorType, data: SafetensorInput['data']): Uint8Array {
  switch (dtype) {
    case 'F32':
      return bytesOf(data instanceof Float32Array ? data : Float32Array.from(data));
    case 'F16':
      return bytesOf(Uint16Array.from(data, encodeFloat16));
    case 'BF16':
      return bytesOf(Uint16Array.from(data, encodeBfloat16));
    case 'I64':
      return bytesOf(BigInt64Array.from(Array.from(data, BigInt)));
    case 'I32':
      return bytesOf(data instanceof Int32Array ? data : Int32Array.from(data));
    case 'U8':
      return bytesOf(data instanceof Uint8Array ? data : Uint8Array.from(data));
  }
}

/** A .safetensors file's content. Wide types come first, so that every tensor is aligned to its type. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafetensorInput>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const typed = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    if (data.length !== elementCount(shape)) {
      throw new RangeError(`Tensor "${name}" of shape ${shapeText(shape)} does not hold ${data.length} elements.`);
    }
    const natural = data instanceof Float32Array ? 'F32' : data instanceof Int32Array ? 'I32' : 'U8';
    return { name, shape, data, dtype: dtype ?? (natural satisfies SafetensorType) };
  });
  typed.sort((a, b) => widths[b.dtype] - widths[a.dtype] || (a.name < b.name ? -1 : 1));

  let position = 0;
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  for (const { name, dtype, shape, data } of typed) {
    const end = position + data.length * widths[dtype];
    header[name] = { dtype, shape, data_offsets: [position, end] };
    position = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const content = new Uint8Array(8 + headerLength + position).fill(0x20, 8, 8 + headerLength);
  new DataView(content.buffer).setBigUint64(0, BigInt(headerLength), true);
  content.set(text, 8);
  let offset = 8 + headerLength;
  for (const { dtype, data } of typed) {
    const bytes = encode(dtype, data);
    content.set(bytes, offset);
    offset += bytes.length;
  }
  return content;
}

/** Reads a .safetensors file. Throws UserError. */
export async function readSafetensors(file: string): Promise<Safetensors> {
  return parseSafetensors(await readBytes(file), file);
}

/** Reads the named tensors of a .safetensors file. Throws UserError where one is missing. */
export async function readTensors(file: string, names: readonly string[]): Promise<ReadonlyMap<string, Safetensor>> {
  const { tensors } = await readSafetensors(file);
  for (const name of names) requireTensor(tensors, name, file);
  return tensors;
}

/** The tensor of a name. Throws UserError that says which there are. */
export function requireTensor<T>(tensors: ReadonlyMap<string, T>, name: string, file: string): T {
  const found = tensors.get(name);
  if (found) return found;
  const known = [...tensors.keys()];
  const meant = suggest(name, known);
  const rest =
    meant === undefined ? `it holds ${listChoices(known.slice(0, 8), 'and') || 'none'}.` : `did you mean "${meant}"?`;
  throw new UserError('safetensors-tensor', `${file} holds no array "${name}"; ${rest}`, { file });
}

/** Writes a .safetensors file by temporary file and rename. */
export async function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, SafetensorInput>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  await writeFileAtomic(file, encodeSafetensors(tensors, metadata));
}
