/** One field of a protobuf message. */
export interface Field {
  readonly number: number;
  /** Varints and fixed-width numbers as they are on the wire; bytes for everything with a length. */
  readonly value: bigint | Uint8Array;
}

/** Thrown where bytes are not a protobuf message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** The fields of a protobuf message, in order. Throws WireError. */
export function* fields(bytes: Uint8Array): Generator<Field> {
  const reader = new Reader(bytes);
  while (!reader.atEnd) {
    const tag = Number(reader.varint());
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: reader.varint() };
        break;
      case 1:
        yield { number, value: reader.take(8) };
        break;
      case 2:
        yield { number, value: reader.take(Number(reader.varint())) };
        break;
      case 5:
        yield { number, value: reader.take(4) };
        break;
      default:
        throw new WireError(`a field has the wire type ${tag % 8}`);
    }
  }
}

/** Signed integers: one field each, or packed into one. */
export function integers(value: Field['value']): number[] {
  if (typeof value === 'bigint') return [Number(BigInt.asIntN(64, value))];
  const reader = new Reader(value);
  const out: number[] = [];
  while (!reader.atEnd) out.push(Number(BigInt.asIntN(64, reader.varint())));
  return out;
}

export function integer(value: Field['value']): number {
  return integers(value)[0] ?? 0;
}

/** Floats: one field each, or packed into one. */
export function floats(value: Field['value']): number[] {
  const bytes = message(value);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

export function doubles(value: Field['value']): number[] {
  const bytes = message(value);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
}

export function text(value: Field['value']): string {
  return new TextDecoder().decode(message(value));
}

export function message(value: Field['value']): Uint8Array {
  if (typeof value === 'bigint') throw new WireError('a number stands where a message belongs');
  return value;
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new WireError('it ends within a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('a number is too long');
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new WireError('it ends within a field');
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }
}
