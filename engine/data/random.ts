/**
 * Seeded random numbers. Every use names its own stream, `stream(seed, 'augment', epoch, row)`, so that
 * what one part draws never depends on how much another drew, and a resumed run draws the same.
 * sfc32 (Doty-Humphrey, PractRand) over a 128-bit state filled by hashing the key with MurmurHash3's finaliser.
 */
export class Random {
  constructor(
    private a: number,
    private b: number,
    private c: number,
    private d: number,
  ) {
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** Uniform integer in [0, 2³²). */
  uint32(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1) with 32 random bits. */
  next(): number {
    return this.uint32() / 4294967296;
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Uniform integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** True with probability p. */
  chance(p: number): boolean {
    return this.next() < p;
  }

  /** Standard normal, Box–Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** Fisher–Yates, in place. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const swap = items[i];
      (items as { [index: number]: unknown })[i] = items[j];
      (items as { [index: number]: unknown })[j] = swap;
    }
    return items;
  }
}

function mix(hash: number, word: number): number {
  let h = (hash ^ Math.imul(word, 0xcc9e2d51)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

/** The random stream named by a key: the same key always gives the same numbers. */
export function stream(seed: number, ...key: (string | number)[]): Random {
  const state = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef].map((salt) => mix(salt, seed >>> 0));
  for (const part of key) {
    const words =
      typeof part === 'number'
        ? [part | 0, Math.floor(part / 4294967296) | 0]
        : [...part].map((c) => c.codePointAt(0)!);
    for (const word of [words.length, ...words]) for (let i = 0; i < 4; i++) state[i] = mix(state[i]! + i, word);
  }
  return new Random(state[0]!, state[1]!, state[2]!, state[3]!);
}
