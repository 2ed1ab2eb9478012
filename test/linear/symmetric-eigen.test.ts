import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { symmetricEigen } from '../../engine/linear/symmetric-eigen';

function randomSymmetric(n: number, seed: number, kind: string): Float64Array {
  const random = stream(seed, kind);
  const a = new Float64Array(n * n);
  if (kind === 'identity') for (let i = 0; i < n; i++) a[i * n + i] = 2;
  else if (kind === 'blocks')
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) a[i * n + j] = i % 7 === j % 7 ? 1 : 0;
  else {
    const rank = kind === 'low rank' ? Math.max(1, Math.floor(n / 5)) : n;
    const f = Float64Array.from({ length: n * rank }, () => random.normal());
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let t = 0; t < rank; t++)
          sum += f[i * rank + t]! * f[j * rank + t]! * (kind === 'indefinite' && t % 2 ? -1 : 1);
        a[i * n + j] = sum;
      }
  }
  return a;
}

function check(a: Float64Array, n: number, count: number): void {
  const { values, vectors } = symmetricEigen(a, n, count);
  const oracle = new EigenvalueDecomposition(
    new Matrix(Array.from({ length: n }, (_, i) => [...a.subarray(i * n, i * n + n)])),
    {
      assumeSymmetric: true,
    },
  ).realEigenvalues.sort((x, y) => y - x);
  const scale = Math.max(...oracle.map(Math.abs), 1e-300);
  for (let i = 0; i < n; i++) expect(Math.abs(values[i]! - oracle[i]!)).toBeLessThan(1e-12 * scale * n);
  for (let i = 0; i < count; i++) {
    const x = vectors.subarray(i * n, i * n + n);
    for (let r = 0; r < n; r++) {
      let sum = -values[i]! * x[r]!;
      for (let c = 0; c < n; c++) sum += a[r * n + c]! * x[c]!;
      expect(Math.abs(sum)).toBeLessThan(1e-11 * scale * n);
    }
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let r = 0; r < n; r++) dot += x[r]! * vectors[j * n + r]!;
      expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-10);
    }
  }
}

describe('symmetricEigen against ml-matrix', () => {
  for (const kind of ['dense', 'indefinite', 'low rank', 'identity', 'blocks']) {
    it(`every vector, ${kind}`, () => {
      for (const n of [1, 2, 3, 5, 17, 40]) check(randomSymmetric(n, n, kind), n, n);
    });
    it(`few vectors, by inverse iteration, ${kind}`, () => check(randomSymmetric(120, 9, kind), 120, 12));
  }

  it('gives the closed form of the path graph', () => {
    const n = 150;
    const a = new Float64Array(n * n);
    for (let i = 0; i + 1 < n; i++) a[i * n + i + 1] = a[(i + 1) * n + i] = 1;
    const { values } = symmetricEigen(a, n, 5);
    for (let i = 0; i < n; i++) expect(values[i]).toBeCloseTo(2 * Math.cos(((i + 1) * Math.PI) / (n + 1)), 11);
  });

  it('reads only the lower triangle and leaves the input alone', () => {
    const a = Float64Array.of(2, NaN, 1, 2);
    expect([...symmetricEigen(a, 2).values].map((x) => +x.toFixed(12))).toEqual([3, 1]);
    expect([...a]).toEqual([2, NaN, 1, 2]);
  });
});
