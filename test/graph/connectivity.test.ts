import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { makeCells, relationOf, type Cells } from '../../engine/graph/connectivity/cells';
import { choosePairs } from '../../engine/graph/connectivity/classifiers';
import { estimateConnectivity, percentiles } from '../../engine/graph/connectivity/estimate';
import { graphWeights, operatorWeights } from '../../engine/graph/connectivity/weights';
import { graphFromEdges } from '../../engine/graph/csr';

function grid(classes: number, each: number): { labels: Int32Array; domains: Int32Array; cells: Cells } {
  const n = 2 * classes * each;
  const labels = Int32Array.from({ length: n }, (_, x) => x % classes);
  const domains = Int32Array.from({ length: n }, (_, x) => (x < n / 2 ? 0 : 1));
  const classNames = Array.from({ length: classes }, (_, c) => `class ${c}`);
  return { labels, domains, cells: makeCells({ labels, domains, classNames, domainNames: ['s', 't'] }, [0, 1]) };
}

/** Every pair joined with the probability that its relation has. */
function simulate(weights: Record<string, number>, each: number, seed: number, chance = false) {
  const { labels, cells } = grid(2, each);
  const n = labels.length;
  const random = stream(seed, 'simulated connectivity');
  const [from, to, w]: [number[], number[], number[]] = [[], [], []];
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < a; b++) {
      const weight = weights[relationOf(cells, cells.cellOf[a]!, cells.cellOf[b]!)]!;
      if (chance && !random.chance(weight)) continue;
      from.push(a);
      to.push(b);
      w.push(chance ? 1 : weight);
    }
  }
  const graph = graphFromEdges({ nodes: n, from, to, weights: w });
  const sampleOf = Int32Array.from({ length: n }, (_, x) => x);
  return estimateConnectivity(cells, graphWeights(graph, sampleOf, cells), { bootstrap: 100, seed: 0 });
}

describe('connectivity from weights', () => {
  it('is exact where every pair has the weight of its relation', async () => {
    const estimate = await simulate({ rho: 1, alpha: 0.3, beta: 0.2, gamma: 0.1 }, 15, 1);
    expect(estimate.ratios.alphaGamma!.value).toBeCloseTo(3, 5);
    expect(estimate.ratios.betaGamma!.value).toBeCloseTo(2, 5);
    expect(estimate.ratios.alphaGamma!.low).toBeCloseTo(3, 5);
    // 1 is the mean over all pairs of cells: s/4.
    expect(estimate.weights.rho!.value).toBeCloseTo(1 / 0.4, 5);
    expect(estimate.verdict).toBe('transfers');
    expect(estimate.fourBlock!.margins[4]).toBeCloseTo(0.25, 5);
  });

  it.each([
    [{ rho: 0.9, alpha: 0.4, beta: 0.3, gamma: 0.1 }, 'transfers'],
    [{ rho: 0.9, alpha: 0.1, beta: 0.3, gamma: 0.2 }, 'fails'],
    [{ rho: 0.9, alpha: 0.3, beta: 0.5, gamma: 0.1 }, 'transfers'],
  ] as const)('finds %j from a simulated graph, and that it %s', async (weights, verdict) => {
    const estimate = await simulate(weights, 40, 2, true);
    expect(estimate.verdict).toBe(verdict);
    const scale = estimate.weights.rho!.value / weights.rho;
    for (const name of ['alpha', 'beta', 'gamma'] as const) {
      const { value, low, high } = estimate.weights[name]!;
      expect(value / scale).toBeCloseTo(weights[name], 1);
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
    }
  });

  it('is undetermined at a tie, whatever the sample says', async () => {
    for (const seed of [1, 2, 3]) {
      const tie = await simulate({ rho: 0.9, alpha: 0.2, beta: 0.4, gamma: 0.2 }, 25, seed, true);
      expect(tie.verdict).toBe('undetermined');
    }
    expect((await simulate({ rho: 1, alpha: 0.2, beta: 0.3, gamma: 0.2 }, 10, 1)).verdict).toBe('undetermined');
  });

  it('covers the truth in about 95 of 100 graphs of samples that differ', async () => {
    let covered = 0;
    const truth = 0.3;
    for (let seed = 0; seed < 60; seed++) {
      // Each sample has its own strength of connection, drawn anew.
      const { labels, cells } = grid(2, 25);
      const random = stream(seed, 'strengths');
      const n = labels.length;
      const strength = Float64Array.from({ length: n }, () => random.uniform(0.5, 1.5));
      const base = { rho: 1, alpha: truth, beta: 0.2, gamma: 0.1 };
      const weigh = (copies: Float64Array) => {
        const sums = new Float64Array(16);
        const pairs = new Float64Array(16);
        for (let a = 0; a < n; a++) {
          for (let b = 0; b < n; b++) {
            if (a === b) continue;
            const at = cells.cellOf[a]! * 4 + cells.cellOf[b]!;
            const relation = relationOf(cells, cells.cellOf[a]!, cells.cellOf[b]!);
            sums[at]! += copies[a]! * copies[b]! * strength[a]! * strength[b]! * base[relation];
            pairs[at]! += copies[a]! * copies[b]!;
          }
        }
        return sums.map((sum, at) => sum / pairs[at]!);
      };
      const { weights, matrix } = await estimateConnectivity(cells, weigh, { bootstrap: 80, seed });
      const unit = weigh(new Float64Array(n).fill(1))[0]! / matrix[0]!;
      const { low, high } = weights.alpha!;
      if (low * unit <= truth && truth <= high * unit) covered++;
    }
    expect(covered / 60).toBeGreaterThan(0.85);
  });

  it('leaves out what one domain cannot tell', async () => {
    const labels = Int32Array.from({ length: 20 }, (_, x) => x % 2);
    const names = { classNames: ['a', 'b'], domainNames: ['only'] };
    const cells = makeCells({ labels, domains: new Int32Array(20), ...names }, [0]);
    const graph = graphFromEdges({ nodes: 20, from: [0, 1, 2, 0], to: [2, 3, 4, 1] });
    const sampleOf = Int32Array.from(labels, (_, x) => x);
    const weigh = graphWeights(graph, sampleOf, cells);
    const { weights, ratios, verdict } = await estimateConnectivity(cells, weigh, { bootstrap: 20, seed: 0 });
    // Three edges within 2 · 45 pairs, one across 100.
    expect(weights.rho!.value / weights.beta!.value).toBeCloseTo(3 / 90 / (1 / 100), 6);
    expect([weights.alpha, weights.gamma, ratios.alphaGamma]).toEqual([undefined, undefined, undefined]);
    expect(verdict).toBe('undetermined');
  });

  it('of an operator: products of features, without a sample beside itself', () => {
    const { cells, labels } = grid(3, 5);
    const n = labels.length;
    const random = stream(3, 'operator weights');
    const features = Float32Array.from({ length: n * 4 }, () => random.normal());
    const copies = Float64Array.from({ length: n }, () => random.below(3));
    const [from, to, weights]: [number[], number[], number[]] = [[], [], []];
    const product = (a: number, b: number) =>
      [0, 1, 2, 3].reduce((sum, j) => sum + features[a * 4 + j]! * features[b * 4 + j]!, 0);
    const found = operatorWeights(features, 4, cells)(copies);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        if (a === b) continue;
        from.push(a);
        to.push(b);
        weights.push(product(a, b));
      }
    }
    for (let p = 0; p < cells.count; p++) {
      for (let q = 0; q < cells.count; q++) {
        let [sum, pairs] = [0, 0];
        from.forEach((a, e) => {
          const b = to[e]!;
          if (cells.cellOf[a] !== p || cells.cellOf[b] !== q) return;
          sum += weights[e]! * copies[a]! * copies[b]!;
          pairs += copies[a]! * copies[b]!;
        });
        expect(found[p * cells.count + q]).toBeCloseTo(pairs > 0 ? sum / pairs : 0, 5);
      }
    }
  });
});

describe('cells', () => {
  it('leave out unlabelled samples and empty cells', () => {
    const labels = Int32Array.of(0, 0, 1, 1, -1, 0, 0, 1);
    const domains = Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1);
    const cells = makeCells({ labels, domains, classNames: ['a', 'b'], domainNames: ['s', 't'] }, [0, 1]);
    expect(cells.names).toEqual(['a (s)', 'b (s)', 'a (t)']);
    expect([...cells.cellOf]).toEqual([0, 0, 1, 1, -1, 2, 2, -1]);
  });

  it('are paired by relation, at most so many of each, with training and test samples', () => {
    const { cells, labels } = grid(4, 6);
    const splits = Uint8Array.from(labels, (_, x) => (Math.floor(x / 4) % 2) * 2);
    const pairs = choosePairs(cells, 3, { splits }, 0);
    const names = pairs.map(([a, b]) => relationOf(cells, a, b));
    expect(names.filter((name) => name === 'alpha')).toHaveLength(3);
    expect(names.filter((name) => name === 'gamma')).toHaveLength(3);
    expect(choosePairs(cells, 3, { splits: splits.fill(0) }, 0)).toEqual([]);
  });

  it('percentiles interpolate as NumPy does', () => {
    // numpy.quantile([1, 2, 3, 4, 10], [.025, .975])
    expect(percentiles([3, 1, 10, 2, 4])).toEqual({ low: expect.closeTo(1.1, 9), high: expect.closeTo(9.4, 9) });
  });
});
