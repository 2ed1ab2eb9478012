import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { correlationRatios, spectralClusters, spectralGap, suggestClusters } from '../../engine/graph/clusters';
import { operatorSpectrum, secondMoment } from '../../engine/graph/operator';

describe('spectrum of the operator of a representation', () => {
  it('has the eigenpairs of the n × n operator', async () => {
    const n = 30;
    const d = 6;
    const random = stream(1, 'features');
    const f = Float32Array.from({ length: n * d }, () => random.normal());
    const F = new Matrix(Array.from({ length: n }, (_, i) => [...f.subarray(i * d, i * d + d)])).div(Math.sqrt(n));
    const K = F.mmul(F.transpose());
    const oracle = new EigenvalueDecomposition(K, { assumeSymmetric: true }).realEigenvalues.sort((a, b) => b - a);
    const { eigenvalues, eigenvectors, count } = await operatorSpectrum(f, n, d, 10);
    expect(count).toBe(d);
    for (let i = 0; i < d; i++) {
      expect(eigenvalues[i]).toBeCloseTo(oracle[i]!, 12);
      const u = Array.from({ length: n }, (_, x) => eigenvectors[x * count + i]!);
      const image = K.mmul(Matrix.columnVector(u)).to1DArray();
      image.forEach((value, x) => expect(value).toBeCloseTo(eigenvalues[i]! * u[x]!, 5));
      expect(Math.hypot(...u)).toBeCloseTo(1, 5);
    }
  });

  it('recovers Ā from a minimiser of the loss, with the constant vector on top', async () => {
    // Two clusters of four with weak links: a circulant-block Ā with uniform weights.
    const n = 8;
    const A = new Matrix(n, n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) A.set(i, j, i < 4 === j < 4 ? 0.2 : 0.05);
    const evd = new EigenvalueDecomposition(A, { assumeSymmetric: true });
    const order = [...evd.realEigenvalues.keys()].sort((a, b) => evd.realEigenvalues[b]! - evd.realEigenvalues[a]!);
    const f = new Float32Array(n * 2);
    for (let x = 0; x < n; x++)
      for (let i = 0; i < 2; i++)
        f[x * 2 + i] = Math.sqrt(n * evd.realEigenvalues[order[i]!]!) * evd.eigenvectorMatrix.get(x, order[i]!);
    const { eigenvalues, eigenvectors } = await operatorSpectrum(f, n, 2, 2);
    expect(eigenvalues[0]).toBeCloseTo(1, 6);
    expect(eigenvalues[1]).toBeCloseTo(0.6, 6);
    for (let x = 0; x < n; x++) expect(eigenvectors[x * 2]).toBeCloseTo(1 / Math.sqrt(n), 5);
    const { labels } = spectralClusters(eigenvectors, n, 2, 2, 0);
    expect([...labels.slice(0, 4)]).toEqual(Array(4).fill(labels[0]));
    expect([...labels.slice(4)]).toEqual(Array(4).fill(1 - labels[0]!));
  });

  it('drops directions that are not there', async () => {
    const f = Float32Array.from({ length: 40 }, (_, i) => (i % 4 < 2 ? Math.sin(i) : 0));
    expect((await operatorSpectrum(f, 10, 4, 4)).count).toBe(2);
  });

  it('sums the second moment for any number of rows', async () => {
    const random = stream(4, 'moment');
    for (const [n, d] of [
      [1, 3],
      [13, 5],
      [16, 1],
    ] as const) {
      const f = Float32Array.from({ length: n * d }, () => random.normal());
      const moment = await secondMoment(f, n, d);
      for (let i = 0; i < d; i++)
        for (let j = 0; j < d; j++) {
          let sum = 0;
          for (let x = 0; x < n; x++) sum += (f[x * d + i]! * f[x * d + j]!) / n;
          expect(moment[i * d + j]).toBeCloseTo(sum, 14);
        }
    }
  });

  it('stops when it is cancelled', async () => {
    await expect(operatorSpectrum(new Float32Array(20), 10, 2, 2, { signal: AbortSignal.abort() })).rejects.toThrow(
      'cancelled',
    );
  });
});

describe('number of clusters', () => {
  const eigenvalues = [1, 0.6, 0.55, 0.2, 0.1, 0.01];
  it('is where the gap is largest', () => {
    expect(suggestClusters(eigenvalues)?.count).toBe(3);
    expect(suggestClusters(eigenvalues)?.gap).toBeCloseTo(0.35, 12);
    expect(suggestClusters(eigenvalues, { relative: true })?.count).toBe(5);
    expect(suggestClusters(eigenvalues, { limit: 2 })?.count).toBe(2);
    expect(suggestClusters([1, 0.5])).toBeUndefined();
  });
  it('measures the gap at k', () => {
    expect(spectralGap(eigenvalues, 1)).toBeCloseTo(0.4, 12);
    expect(spectralGap([1, 0.5], 2)).toBe(0.5);
    expect(() => spectralGap(eigenvalues, 7)).toThrow(RangeError);
  });
});

describe('correlation ratio', () => {
  it('is 1 for a column that groups determine, 0 for one they do not touch, and by hand between', () => {
    const groups = [0, 0, 1, 1, -1];
    const values = Float64Array.of(1, 1, 0, 7, 1, 2, 1, 2, 7, 2, 1, 1, 2, 2, 7, 99, 99, 99, 99, 99);
    const eta = correlationRatios(values, 5, 4, groups);
    const byHand = [0, 1, 2, 3].map((i) => {
      const column = [0, 1, 2, 3].map((x) => values[x * 4 + i]!);
      const mean = column.reduce((a, b) => a + b) / 4;
      const total = column.reduce((s, v) => s + (v - mean) ** 2, 0);
      const means = [(column[0]! + column[1]!) / 2, (column[2]! + column[3]!) / 2];
      const between = means.reduce((s, m) => s + 2 * (m - mean) ** 2, 0);
      return total === 0 ? 0 : between / total;
    });
    byHand.forEach((value, i) => expect(eta[i]).toBeCloseTo(value, 12));
  });
});
