import { describe, expect, it } from 'vitest';
import { fourBlockText } from '../../engine/commands/theory';
import { UserError } from '../../engine/errors';
import { blockGraph } from '../../engine/graph/lab/block-graph';
import { fourBlockLab } from '../../engine/graph/lab/four-block-lab';
import { probeBoundLab } from '../../engine/graph/lab/probe-bound-lab';

const options = { nodes: 2000, density: 0.2, steps: [1, 3], seed: 1 };

describe('the four-block laboratory', () => {
  // The margins of a four-dimensional head and the verdicts, as published.
  it.each([
    [[1, 0.3, 0.2, 0.1], { 2: 1, 3: 1, 4: 0.25 }, 'transfers'],
    [[1, 0.1, 0.2, 0.3], { 2: -1, 3: -1, 4: -0.25 }, 'fails'],
    [[1, 0.3, 0.1, 0.2], { 2: 1, 3: 1 / 9, 4: 1 / 9 }, 'transfers'],
    [[1, 0.1, 0.3, 0.2], { 2: 0, 3: -1, 4: -1 / 7 }, 'fails'],
    [[1, 0.2, 0.3, 0.1], { 2: 0, 3: 1, 4: 1 / 7 }, 'transfers'],
  ] as const)('%j: simulated margins are those of the theory', async ([rho, alpha, beta, gamma], margins, verdict) => {
    const lab = await fourBlockLab({ rho, alpha, beta, gamma }, options);
    expect(lab.predicted.verdict).toBe(verdict);
    for (const k of [2, 3, 4] as const) {
      expect(lab.predicted.margins[k]).toBeCloseTo(margins[k], 6);
      expect(Math.abs(lab.simulated.margins[k] - margins[k])).toBeLessThan(0.12);
    }
    lab.predicted.eigenpairs.forEach(({ name, value }, i) => {
      const found = lab.simulated.eigenpairs[i]!;
      expect(Math.abs(found.value - value)).toBeLessThan(0.04);
      expect(found.overlaps[name]).toBeGreaterThan(0.85);
    });
    for (const { predicted, simulated } of lab.averaging) expect(Math.abs(predicted - simulated)).toBeLessThan(0.01);
  });

  it('has the published margins of feature averaging', async () => {
    const lab = await fourBlockLab({ rho: 1, alpha: 0.3, beta: 0.2, gamma: 0.1 }, options);
    expect(lab.averaging.map(({ predicted }) => predicted)).toEqual([
      expect.closeTo(0.125, 12),
      expect.closeTo(0.095703125, 12),
    ]);
  });

  it('prints a tie as undetermined and refuses weights that are none', async () => {
    const tie = await fourBlockLab({ rho: 1, alpha: 0.2, beta: 0.3, gamma: 0.2 }, { ...options, nodes: 80 });
    expect(fourBlockText(tie)).toContain('Verdict: undetermined');
    expect(fourBlockText(tie)).toContain('alpha = gamma');
    await expect(fourBlockLab({ rho: 1, alpha: -1, beta: 0, gamma: 0 }, options)).rejects.toThrow(UserError);
    await expect(fourBlockLab({ rho: 1, alpha: 1, beta: 0, gamma: 0 }, { ...options, nodes: 4 })).rejects.toThrow('8');
  });
});

describe('random block graphs', () => {
  it('have the expected number of edges in each pair of blocks, all of them at probability 1', () => {
    const sizes = [120, 80, 50];
    const { graph, blockOf } = blockGraph(sizes, (a, b) => (a === b ? 0.3 : 0.05), 3);
    const counts = [0, 1, 2].map(() => [0, 0, 0]);
    for (let i = 0; i < graph.nodes; i++) {
      for (let e = graph.starts[i]!; e < graph.starts[i + 1]!; e++) {
        expect(graph.values[e]).toBe(1);
        expect(graph.columns[e]).not.toBe(i);
        counts[blockOf[i]!]![blockOf[graph.columns[e]!]!]!++;
      }
    }
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) {
        const pairs = a === b ? sizes[a]! * (sizes[a]! - 1) : sizes[a]! * sizes[b]!;
        const p = a === b ? 0.3 : 0.05;
        expect(Math.abs(counts[a]![b]! - p * pairs)).toBeLessThan(6 * Math.sqrt(2 * p * pairs));
      }
    }
    expect(blockGraph([9, 5], () => 1, 0).graph.columns.length).toBe(14 * 13);
    expect(blockGraph([9, 5], () => 0, 0).graph.columns.length).toBe(0);
  });
});

describe('the probe-bound laboratory', () => {
  it('bounds the measured error for every k, and tightens where the communities end', async () => {
    const setup = { nodes: 600, classes: 3, inside: 0.2, across: 0.005, dimensions: 6, seed: 2 };
    const lab = await probeBoundLab({ ...setup, noise: 0 });
    for (const { bound, residual, error } of lab.each) {
      expect(error).toBeLessThanOrEqual(2 * residual + 1e-5);
      expect(2 * residual).toBeLessThanOrEqual(bound + 1e-5);
    }
    expect(lab.each[2]!.error).toBe(0);
    expect(lab.each[1]!.error).toBeGreaterThan(0.2);
    const noisy = await probeBoundLab({ ...setup, noise: 0.3 });
    expect(noisy.disagreement).toBeGreaterThan(lab.disagreement + 0.2);
  });
});
