/** Longer arrays are referred to until the whole is put together: weights are copied once, however deep they lie. */
const longest = 4096;

/** Encoder for the protobuf wire format, as far as ONNX files need it. */
export class ProtobufWriter {
  /** What comes before the buffer. */
  private readonly parts: Uint8Array[] = [];
  private partsLength = 0;
  private buffer = new Uint8Array(256);
  private length = 0;
  private readonly view = new DataView(new ArrayBuffer(8));

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + bytes));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  /** Ends the buffer's part and begins another. */
  private refer(parts: readonly Uint8Array[]): void {
    for (const part of [this.buffer.slice(0, this.length), ...parts]) {
      this.parts.push(part);
      this.partsLength += part.length;
    }
    this.length = 0;
  }

  /** Base-128 varint; negative numbers as 64-bit two's complement. */
  private varint(value: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    this.reserve(10);
    do {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      this.buffer[this.length++] = rest > 0n ? low | 0x80 : low;
    } while (rest > 0n);
  }

  integer(field: number, value: number | bigint): this {
    this.varint(field << 3);
    this.varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.varint((field << 3) | 5);
    this.view.setFloat32(0, value, true);
    this.reserve(4);
    for (let i = 0; i < 4; i++) this.buffer[this.length++] = this.view.getUint8(i);
    return this;
  }

  /** The array may be referred to until `finish`: it must not change before. */
  bytes(field: number, value: Uint8Array): this {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    if (value.length > longest) this.refer([value]);
    else {
      this.reserve(value.length);
      this.buffer.set(value, this.length);
      this.length += value.length;
    }
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, write: (writer: ProtobufWriter) => void): this {
    const writer = new ProtobufWriter();
    write(writer);
    return this.nested(field, writer);
  }

  /** A message that was written before. */
  nested(field: number, writer: ProtobufWriter): this {
    if (writer.parts.length === 0) return this.bytes(field, writer.buffer.subarray(0, writer.length));
    this.varint((field << 3) | 2);
    this.varint(writer.partsLength + writer.length);
    this.refer([...writer.parts, writer.buffer.slice(0, writer.length)]);
    return this;
  }

  finish(): Uint8Array {
    if (this.parts.length === 0) return this.buffer.subarray(0, this.length);
    const whole = new Uint8Array(this.partsLength + this.length);
    let at = 0;
    for (const part of [...this.parts, this.buffer.subarray(0, this.length)]) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
