import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { operatorSpectrum } from '../../engine/graph/operator';
import { reportSpectrum, type SpectrumOptions } from '../../engine/graph/spectrum';
import { fourBlock } from '../../engine/theory/four-block';

const options: SpectrumOptions = { eigenvectors: 8, clusters: 'classes', seed: 0, warn: () => {} };

/**
 * A minimiser of the loss on the four-block graph, `copies` nodes a block, turned by a random orthogonal matrix:
 * blocks are (class 1 source, class 2 source, class 1 target, class 2 target).
 */
async function fourBlocks(copies: number) {
  const { eigenpairs } = fourBlock({ rho: 1, alpha: 0.3, beta: 0.2, gamma: 0.1 });
  const n = 4 * copies;
  const angle = 0.7;
  const f = new Float32Array(n * 4);
  for (let x = 0; x < n; x++) {
    const row = eigenpairs.map(({ value, vector }) => Math.sqrt(value) * vector[Math.floor(x / copies)]!);
    f.set(
      [
        Math.cos(angle) * row[0]! - Math.sin(angle) * row[2]!,
        row[1]!,
        Math.sin(angle) * row[0]! + Math.cos(angle) * row[2]!,
        row[3]!,
      ],
      x * 4,
    );
  }
  const block = (x: number) => Math.floor(x / copies);
  const data = {
    labels: Int32Array.from({ length: n }, (_, x) => block(x) % 2),
    domains: Int32Array.from({ length: n }, (_, x) => Math.floor(block(x) / 2)),
    classNames: ['cat', 'dog'],
    domainNames: ['photo', 'sketch'],
  };
  return { operator: await operatorSpectrum(f, n, 4, 8), data, eigenpairs, n };
}

describe('spectrum report', () => {
  it('finds the closed-form eigenpairs of four blocks and what each separates', async () => {
    const { operator, data, eigenpairs } = await fourBlocks(10);
    eigenpairs.forEach(({ value }, i) => expect(operator.eigenvalues[i]).toBeCloseTo(value, 6));
    const report = reportSpectrum(operator, data, options);
    const vectors = report.details['eigenvectors'] as {
      separates: string;
      classRatio: number;
      domainRatio: number;
      classMeans: number[];
    }[];
    expect(vectors.map((vector) => vector.separates)).toEqual(['neither', 'class', 'domain', 'neither']);
    expect(vectors[1]!.classRatio).toBeCloseTo(1, 5);
    expect(vectors[2]!.domainRatio).toBeCloseTo(1, 5);
    expect(vectors[1]!.classMeans.map(Math.abs)).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]);
    const figure = (id: string, domain?: string) =>
      report.figures.find((f) => f.id === `spectrum.${id}` && f.domain === domain)?.value;
    expect(figure('largest-eigenvalue')).toBeCloseTo(1, 6);
    expect(figure('gap')).toBeCloseTo(eigenpairs[1]!.value - eigenpairs[2]!.value, 6);
    expect(figure('clusters')).toBe(2);
    expect(figure('accuracy')).toBe(1);
    expect(figure('nmi', 'sketch')).toBeCloseTo(1, 12);
    expect(figure('domain-nmi')).toBeCloseTo(0, 12);
    expect((report.details['contingency'] as number[][]).map((row) => [...row].sort())).toEqual([
      [0, 20],
      [0, 20],
    ]);
  });

  it('tells apart a matching that serves each domain from one that serves both', async () => {
    const { operator, data, n } = await fourBlocks(10);
    // In the sketch domain the class names are exchanged: within it clusters are still perfect.
    const labels = data.labels.map((label, x) => (x < n / 2 ? label : 1 - label));
    const report = reportSpectrum(operator, { ...data, labels }, options);
    const figure = (id: string, domain?: string) =>
      report.figures.find((f) => f.id === `spectrum.${id}` && f.domain === domain)?.value;
    expect(figure('accuracy')).toBe(0.5);
    expect(figure('accuracy', 'photo')).toBe(1);
    expect(figure('accuracy', 'sketch')).toBe(1);
    const domains = report.details['domains'] as Record<string, { accuracyOfOverallMatching: number }>;
    expect(domains['photo']!.accuracyOfOverallMatching + domains['sketch']!.accuracyOfOverallMatching).toBe(1);
  });

  it('measures agreement on labelled samples only and says what it fell back to', async () => {
    const { operator, data } = await fourBlocks(10);
    const half = data.labels.map((label, x) => (x % 2 ? -1 : label));
    const report = reportSpectrum(operator, { ...data, labels: half }, options);
    expect(report.figures.find((f) => f.id === 'spectrum.nmi')?.samples).toBe(20);
    const warnings: string[] = [];
    const none = reportSpectrum(
      operator,
      { ...data, labels: half.map(() => -1) },
      { ...options, warn: (message) => warnings.push(message) },
    );
    expect(warnings.join()).toContain('eigengap');
    expect(none.figures.some((f) => f.id === 'spectrum.nmi')).toBe(false);
    expect(none.clusters.length).toBe(40);
  });

  it('takes the number of clusters at the largest gap', async () => {
    const n = 60;
    const random = stream(1, 'three groups');
    const f = new Float32Array(n * 5);
    for (let x = 0; x < n; x++)
      for (let j = 0; j < 5; j++) f[x * 5 + j] = (x % 3 === j ? 1.7 : 0) + 0.02 * random.normal();
    const labels = Int32Array.from({ length: n }, (_, x) => x % 3);
    const report = reportSpectrum(
      await operatorSpectrum(f, n, 5, 5),
      { labels, domains: new Int32Array(n), classNames: ['a', 'b', 'c'], domainNames: ['only'] },
      { ...options, clusters: 'gap' },
    );
    expect(report.details['clusters']).toBe(3);
    expect(report.figures.find((f) => f.id === 'spectrum.accuracy')?.value).toBe(1);
  });

  it('refuses more clusters than samples', async () => {
    const { operator, data } = await fourBlocks(1);
    expect(() => reportSpectrum(operator, data, { ...options, clusters: 9 })).toThrow('spectrum.clusters');
  });
});
