import { kernelModule } from '../linear/kernel-module';

/** What the WebAssembly of ./wasm exports; see there. */
export interface Exports {
  firstFree(): number;
  setProblem(...numbers: number[]): void;
  evaluate(from: number, to: number, weights: number, bias: number, gradient: number, sums: number): number;
  curve(from: number, to: number, direction: number, bias: number, product: number, biasProduct: number): void;
  moment(from: number, to: number, mean: number, inverseScale: number, out: number): void;
  multiply(matrix: number, d: number, vectors: number, out: number): void;
  factorRows(matrix: number, stride: number, from: number, to: number): number;
  inverseColumns(factor: number, columns: number, d: number, stride: number, from: number, to: number): void;
  recallDown(list: number, inverses: number, factors: number, count: number, vector: number, length: number): void;
  recallUp(list: number, inverses: number, factors: number, count: number, vector: number, length: number): void;
  inverseRows(columns: number, out: number, d: number, stride: number, from: number, to: number): void;
}

export const padded = (count: number, unit: number) => Math.ceil(count / unit) * unit;

/** The kernels with a memory of their own that grows as places in it are asked for, and is freed with it. */
export class Arena {
  readonly kernels: Exports;
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  private next: number;

  constructor() {
    const { exports } = new WebAssembly.Instance(kernelModule('probe'), { env: { memory: this.memory } });
    this.kernels = exports as unknown as Exports;
    this.next = padded(this.kernels.firstFree(), 64);
  }

  /** Address of so many bytes, zeros, aligned to 64. Throws RangeError beyond 4 GiB. Earlier views become void. */
  place(bytes: number): number {
    const at = this.next;
    this.next += padded(bytes, 64);
    const missing = this.next - this.memory.buffer.byteLength;
    if (missing > 0) {
      if (this.next > 2 ** 32)
        throw new RangeError(`The probe needs ${(this.next / 2 ** 30).toFixed(1)} GiB; its kernels address 4.`);
      this.memory.grow(Math.ceil(missing / 65536));
    }
    return at;
  }

  singles(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }

  doubles(at: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, at, length);
  }

  integers(at: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, length);
  }
}
