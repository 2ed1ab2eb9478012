import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { orthogonalization, rayleighRitz } from '../../engine/graph/eigen/rayleigh-ritz';

const n = 12;
const m = 4;

/** YᵀBY for Y of n × m, by the definition; B is the identity or diagonal. */
function form(y: Float64Array, diagonal?: readonly number[]): Float64Array {
  const out = new Float64Array(m * m);
  for (let a = 0; a < m; a++)
    for (let b = 0; b < m; b++)
      for (let i = 0; i < n; i++) out[a * m + b]! += y[i * m + a]! * y[i * m + b]! * (diagonal?.[i] ?? 1);
  return out;
}

function congruence(matrix: Float64Array, c: Float64Array): Float64Array {
  const out = new Float64Array(m * m);
  for (let a = 0; a < m; a++)
    for (let b = 0; b < m; b++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < m; j++) out[a * m + b]! += c[i * m + a]! * matrix[i * m + j]! * c[j * m + b]!;
  return out;
}

const diagonal = Array.from({ length: n }, (_, i) => Math.cos(i));

function block(seed: number, row: (i: number) => boolean = () => true): Float64Array {
  const random = stream(seed, 'rayleigh-ritz');
  return Float64Array.from({ length: n * m }, (_, at) => (row(Math.floor(at / m)) ? random.normal() : 0));
}

describe('Rayleigh–Ritz on vectors that are not orthogonal', () => {
  it('makes the block orthonormal and the image diagonal', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const y = block(seed);
      const [overlap, image] = [form(y), form(y, diagonal)];
      const { values, combination, rank } = rayleighRitz(overlap, image, m);
      expect(rank).toBe(m);
      const [unit, ritz] = [congruence(overlap, combination), congruence(image, combination)];
      for (let a = 0; a < m; a++)
        for (let b = 0; b < m; b++) {
          expect(unit[a * m + b]).toBeCloseTo(a === b ? 1 : 0, 9);
          expect(ritz[a * m + b]).toBeCloseTo(a === b ? values[a]! : 0, 9);
        }
      expect([...values]).toEqual([...values].sort((a, b) => b - a));
    }
  });

  it('finds the eigenvalues of an invariant subspace, whatever its basis', () => {
    const rows = [2, 5, 7, 11];
    const y = block(3, (i) => rows.includes(i));
    const { values } = rayleighRitz(form(y), form(y, diagonal), m);
    const exact = rows.map((i) => diagonal[i]!).sort((a, b) => b - a);
    exact.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 9));
  });

  it('leaves out columns that are empty, not finite, or combinations of those before them', () => {
    const y = block(4);
    for (let i = 0; i < n; i++) {
      y[i * m + 1] = 0;
      y[i * m + 3] = 2 * y[i * m]! - y[i * m + 2]!;
    }
    const { combination, rank, values } = rayleighRitz(form(y), form(y, diagonal), m);
    expect(rank).toBe(2);
    expect(values).toHaveLength(2);
    for (const row of [1, 3]) for (let j = 0; j < m; j++) expect(combination[row * m + j]).toBe(0);
    y[1] = NaN;
    expect(rayleighRitz(form(y), form(y, diagonal), m).rank).toBe(2);
  });
});

describe('orthogonalization', () => {
  /** The block with its last column moved to near its first. */
  function crowded(seed: number, distance: number): Float64Array {
    const y = block(seed);
    for (let i = 0; i < n; i++) y[i * m + m - 1] = y[i * m]! + distance * y[i * m + m - 1]!;
    return y;
  }

  it('makes columns that lie near each other orthonormal, each from the ones before it alone', () => {
    const overlap = form(crowded(5, 0.01));
    const combination = orthogonalization(overlap, m)!;
    const unit = congruence(overlap, combination);
    for (let a = 0; a < m; a++)
      for (let b = 0; b < m; b++) {
        expect(unit[a * m + b]).toBeCloseTo(a === b ? 1 : 0, 9);
        if (a > b) expect(combination[a * m + b]).toBe(0);
      }
  });

  it('leaves alone columns that are far enough from each other', () => {
    expect(orthogonalization(form(crowded(5, 1)), m)).toBeUndefined();
  });

  it('leaves out columns that are lost', () => {
    const combination = orthogonalization(form(crowded(6, 1e-6)), m);
    // All others are as they were: nothing is left to do.
    expect(combination).toBeUndefined();
  });
});
