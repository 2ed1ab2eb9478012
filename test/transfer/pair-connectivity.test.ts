import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import type { StageContext } from '../../engine/run/stage';
import { studySchema } from '../../engine/study/schema';
import { correlation, pairConnectivity } from '../../engine/transfer/pair-connectivity';

const domainNames = ['near', 'middle', 'far'];
const [perCell, d] = [30, 4];
const n = 2 * domainNames.length * perCell;
const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
const domains = Int32Array.from({ length: n }, (_, i) => Math.floor(i / (2 * perCell)));

/** One axis for all, one for the class, turned away from it by the domain, and noise. */
const random = stream(4, 'pairs');
const embedding = Float32Array.from({ length: n * d }, (_, at) => {
  const [row, axis] = [Math.floor(at / d), at % d];
  const side = labels[row] ? 1 : -1;
  const turn = 0.5 * domains[row]!;
  const clean = [2, side * Math.cos(turn), side * Math.sin(turn), 0][axis]!;
  return clean + 0.05 * random.normal();
});
const dataset = {
  ...{ sampleShape: [d], values: embedding, labels, domains, splits: new Uint8Array(n), names: [], mean: [], std: [] },
  ...{ classNames: ['a', 'b'], domainNames },
};
const study = studySchema.parse({
  name: 'x',
  data: { folder: 'unused', source: 'near', target: 'middle' },
  encoder: { architecture: 'mlp' },
  transfer: { domains: domainNames, connectivity: { bootstrap: 20 } },
});

/** α/γ by hand: mean products of the cells of one class, and of both, in two domains. */
function ratio(a: number, b: number): number {
  const mean = (domain: number, label: number): number[] =>
    Array.from({ length: d }, (_, axis) => {
      const rows = [...labels.keys()].filter((row) => labels[row] === label && domains[row] === domain);
      return rows.reduce((sum, row) => sum + embedding[row * d + axis]!, 0) / rows.length;
    });
  const product = (x: number[], y: number[]): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const pairs = (same: boolean): number =>
    [0, 1].reduce((sum, label) => sum + product(mean(a, label), mean(b, same ? label : 1 - label)) / 2, 0);
  return pairs(true) / pairs(false);
}

describe('connectivity over pairs of domains', () => {
  it('stands beside the target accuracies, with their correlation', async () => {
    const accuracyOf = (a: number, b: number): number => 0.9 - 0.1 * Math.abs(a - b) - 0.01 * a;
    const accuracies = domainNames.flatMap((source, a) =>
      domainNames.flatMap((target, b) =>
        a === b ? [] : [{ method: 'spectral', source, target, targetAccuracy: accuracyOf(a, b) }],
      ),
    );
    const { figures, details } = await pairConnectivity(
      {
        ...{ study, inputs: {}, signal: new AbortController().signal },
        report: { progress: () => undefined, metric: () => undefined, log: () => undefined },
      } as unknown as StageContext,
      { features: embedding, n, d, labels },
      dataset,
      accuracies,
    );
    const { rows, pairs } = details.connectivity as {
      rows: { source: string; target: string; alphaGamma: number }[];
      pairs: unknown[];
    };
    expect(pairs).toHaveLength(3);
    const index = (name: string): number => domainNames.indexOf(name);
    for (const { source, target, alphaGamma } of rows)
      expect(alphaGamma, `${source}, ${target}`).toBeCloseTo(ratio(index(source), index(target)), 4);
    const expected = correlation(
      accuracies.map(({ source, target }) => ratio(index(source), index(target))),
      accuracies.map(({ targetAccuracy }) => targetAccuracy),
    )!;
    const found = figures.find(({ id }) => id === 'transfer.correlation-alpha-gamma')!;
    expect(found.value).toBeCloseTo(expected, 4);
    expect(found.value).toBeGreaterThan(0.9);
    expect(found).toMatchObject({ method: 'spectral', samples: 6 });
  });
});
