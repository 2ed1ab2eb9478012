import { describe, expect, it } from 'vitest';
import { barlowTwinsLoss } from '../../engine/pretrain/barlow-twins';
import { byolLoss, targetMomentum } from '../../engine/pretrain/byol';
import { ntXent } from '../../engine/pretrain/simclr';
import { simsiamLoss } from '../../engine/pretrain/simsiam';
import { spectralContrastiveLoss } from '../../engine/pretrain/spectral';
import { swappedPrediction } from '../../engine/pretrain/swav';
import { vicregLoss } from '../../engine/pretrain/vicreg';
import {
  column,
  cosine,
  differentiate,
  dot,
  expectDerivative,
  type Matrix,
  mean,
  randomMatrix,
} from './support/derivative';

const two = (rows: number, columns: number): [number[][], number[][]] => [
  randomMatrix(rows, columns, 1),
  randomMatrix(rows, columns, 2),
];

describe('spectral contrastive loss with σ', () => {
  it.each([0.5, 1, 2])(
    'is E‖f − f⁺‖² + σ‖E ffᵀ − I‖² less σk, negatives from other samples (σ = %d)',
    async (sigma) => {
      // Within the ball of radius √μ nothing is rescaled.
      const mu = 50;
      const [a, b] = two(5, 3);
      await expectDerivative(
        [a, b],
        (z1, z2) => spectralContrastiveLoss(z1, z2, mu, sigma),
        ([z1, z2]) => {
          const apart = mean(z1!.map((row, i) => dot(row, row) + dot(z2![i]!, z2![i]!) - 2 * dot(row, z2![i]!)));
          const norms = mean(z1!.map((row, i) => dot(row, row) + dot(z2![i]!, z2![i]!)));
          let products = 0;
          z1!.forEach((row, i) => z2!.forEach((other, j) => (products += i === j ? 0 : dot(row, other) ** 2)));
          // ‖E ffᵀ − I‖² − k = E (f·f')² − 2 E‖f‖², the latter over both views.
          return (apart + sigma * (products / 20 - norms)) / mu;
        },
        4,
      );
    },
  );
});

describe('NT-Xent', () => {
  it('is a hand-computed value', async () => {
    // Views (1,0), (0,1) | (1,0), (0,1): each view has similarity 1 to its partner and 0 to the two others.
    const rows = [
      [1, 0],
      [0, 1],
    ];
    const { value } = await differentiate([rows, rows], (a, b) => ntXent(a, b, 0.5));
    expect(value).toBeCloseTo(Math.log(1 + 2 * Math.exp(-2)), 5);
  });

  it('has the value and the gradient of the formula', async () => {
    const temperature = 0.5;
    await expectDerivative(
      two(4, 3),
      (a, b) => ntXent(a, b, temperature),
      ([z1, z2]) => {
        const all = [...z1!, ...z2!];
        return mean(
          all.map((row, i) => {
            const partner = all[(i + 4) % 8]!;
            const others = all.filter((_, j) => j !== i).map((other) => Math.exp(cosine(row, other) / temperature));
            return -Math.log(Math.exp(cosine(row, partner) / temperature) / others.reduce((x, y) => x + y, 0));
          }),
        );
      },
    );
  });
});

describe('SwAV', () => {
  const settings = { temperature: 0.1, epsilon: 0.05, rounds: 3 };

  /** Step by step as published, on the transposed matrix: prototypes × samples. */
  function assign(scores: Matrix): number[][] {
    const samples = scores.length;
    const prototypes = scores[0]!.length;
    let q = Array.from({ length: prototypes }, (_, k) => scores.map((row) => Math.exp(row[k]! / settings.epsilon)));
    const total = q.flat().reduce((a, b) => a + b, 0);
    q = q.map((row) => row.map((value) => value / total));
    for (let round = 0; round < settings.rounds; round++) {
      q = q.map((row) => {
        const sum = row.reduce((a, b) => a + b, 0);
        return row.map((value) => value / sum / prototypes);
      });
      const sums = scores.map((_, i) => q.reduce((sum, row) => sum + row[i]!, 0));
      q = q.map((row) => row.map((value, i) => value / sums[i]! / samples));
    }
    return scores.map((_, i) => q.map((row) => row[i]! * samples));
  }

  const logSoftmax = (row: readonly number[]): number[] => {
    const scaled = row.map((value) => value / settings.temperature);
    const total = Math.log(scaled.reduce((sum, value) => sum + Math.exp(value), 0));
    return scaled.map((value) => value - total);
  };

  it('assigns every sample once', () => {
    for (const row of assign(randomMatrix(5, 3, 4))) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  });

  it.each([2, 4])('has the value and the gradient of the formula, assignments fixed, with %d views', async (views) => {
    // Cosines: between −1 and 1.
    const scores = Array.from({ length: views }, (_, view) =>
      randomMatrix(4, 3, 10 + view).map((row) => row.map((value) => Math.tanh(value / 2))),
    );
    await expectDerivative(
      scores,
      (...tensors) => swappedPrediction(tensors, 2, settings),
      (moved, fixed) =>
        mean(
          [0, 1].map((c) => {
            const q = assign(fixed[c]!);
            const others = moved.filter((_, v) => v !== c);
            return mean(others.map((view) => mean(view.map((row, i) => -dot(q[i]!, logSoftmax(row))))));
          }),
        ),
      2,
    );
  });
});

describe('SimSiam', () => {
  it('has the value and the gradient of the formula, projections fixed', async () => {
    const inputs = [1, 2, 3, 4].map((seed) => randomMatrix(3, 4, seed));
    await expectDerivative(inputs, simsiamLoss, ([p1, p2], [, , z1, z2]) =>
      mean(p1!.map((_, i) => -(cosine(p1![i]!, z2![i]!) + cosine(p2![i]!, z1![i]!)) / 2)),
    );
  });
});

describe('BYOL', () => {
  it('has the value and the gradient of the formula, targets fixed', async () => {
    const inputs = [1, 2, 3, 4].map((seed) => randomMatrix(3, 4, seed));
    const unit = (row: readonly number[]): number[] => row.map((value) => value / Math.sqrt(dot(row, row)));
    const distance = (a: readonly number[], b: readonly number[]): number =>
      unit(a).reduce((sum, value, j) => sum + (value - unit(b)[j]!) ** 2, 0);
    await expectDerivative(inputs, byolLoss, ([p1, p2], [, , t1, t2]) =>
      mean(p1!.map((_, i) => distance(p1![i]!, t2![i]!) + distance(p2![i]!, t1![i]!))),
    );
  });

  it("moves the target's weight from the base to 1", () => {
    expect(targetMomentum(0.996, 0, 100)).toBeCloseTo(0.996, 12);
    expect(targetMomentum(0.996, 50, 100)).toBeCloseTo(0.998, 12);
    expect(targetMomentum(0.996, 100, 100)).toBeCloseTo(1, 12);
  });
});

describe('Barlow Twins', () => {
  it('has the value and the gradient of the formula', async () => {
    const lambda = 0.005;
    const standard = (values: number[]): number[] => {
      const centre = mean(values);
      const deviation = Math.sqrt(mean(values.map((v) => (v - centre) ** 2)) + 1e-5);
      return values.map((v) => (v - centre) / deviation);
    };
    await expectDerivative(
      two(6, 3),
      (a, b) => barlowTwinsLoss(a, b, lambda),
      ([z1, z2]) => {
        let loss = 0;
        for (let i = 0; i < 3; i++)
          for (let j = 0; j < 3; j++) {
            const correlation = dot(standard(column(z1!, i)), standard(column(z2!, j))) / 6;
            loss += i === j ? (1 - correlation) ** 2 : lambda * correlation ** 2;
          }
        return loss;
      },
    );
  });
});

describe('VICReg', () => {
  it('has the value and the gradient of the formula', async () => {
    const settings = { invariance: 25, variance: 25, covariance: 1, width: 3 };
    // Small deviations, so that the hinge is at work in every column.
    const [a, b] = two(6, 3).map((rows) => rows.map((row) => row.map((value) => value / 3)));
    await expectDerivative(
      [a!, b!],
      (z1, z2) => vicregLoss(z1, z2, settings),
      ([z1, z2]) => {
        const covariance = (z: Matrix, i: number, j: number): number => {
          const [x, y] = [column(z, i), column(z, j)];
          return x.reduce((sum, value, n) => sum + (value - mean(x)) * (y[n]! - mean(y)), 0) / (x.length - 1);
        };
        const view = (z: Matrix): [number, number] => {
          const hinge = mean([0, 1, 2].map((j) => Math.max(0, 1 - Math.sqrt(covariance(z, j, j) + 1e-4))));
          let off = 0;
          for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) off += i === j ? 0 : covariance(z, i, j) ** 2;
          return [hinge, off / 3];
        };
        const [v1, c1] = view(z1!);
        const [v2, c2] = view(z2!);
        const apart = mean(z1!.flatMap((row, i) => row.map((value, j) => (value - z2![i]![j]!) ** 2)));
        return 25 * apart + (25 * (v1 + v2)) / 2 + c1 + c2;
      },
      2,
    );
  });
});
