import { Matrix, QrDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { stream } from '../../engine/data/random';
import { linearCka } from '../../engine/finetune/distortion/cka';
import { headAlignment } from '../../engine/finetune/distortion/head';
import { featureCosines, featureMoves, relativeMoves } from '../../engine/finetune/distortion/move';
import {
  featureSubspace,
  functionAngles,
  principalAngles,
  shareInSpan,
} from '../../engine/finetune/distortion/subspace';

function normal(seed: number, n: number, d: number): Float32Array {
  const random = stream(seed, 'distortion');
  return Float32Array.from({ length: n * d }, () => random.normal());
}

const matrix = (values: ArrayLike<number>, d: number) => Matrix.from1DArray(values.length / d, d, Array.from(values));

/** Features times a random rotation of feature space and a scale. */
function turned(values: Float32Array, d: number, seed: number, scale = 1): Float32Array {
  const Q = new QrDecomposition(matrix(normal(seed, d, d), d)).orthogonalMatrix;
  return Float32Array.from(matrix(values, d).mmul(Q).mul(scale).to1DArray());
}

/** The span of some axes, slightly different strengths so that their order is known. */
const axes = (d: number, ...kept: number[]) =>
  featureSubspace(
    Float32Array.from(kept.flatMap((axis, i) => Array.from({ length: d }, (_, j) => (j === axis ? 2 - i / 10 : 0)))),
    kept.length,
    { count: d },
  );

describe('moves', () => {
  const before = Float32Array.of(0, 0, 3, 4, 1, 0);
  const after = Float32Array.of(3, 4, 3, 4, 0, 2);

  it('are Euclidean distances of each sample', () => {
    expect([...featureMoves(before, after, 2)]).toEqual([5, 0, Math.sqrt(5)]);
    expect(() => featureMoves(before, after.subarray(2), 2)).toThrow(RangeError);
  });

  it('relative to the features do not know their scale', () => {
    // Squared norms 0, 25, 1: root of the mean is √(26/3).
    const size = Math.sqrt(26 / 3);
    [5 / size, 0, Math.sqrt(5) / size].forEach((value, i) =>
      expect(relativeMoves(before, after, 2)[i]).toBeCloseTo(value, 12),
    );
    const tenfold = (values: Float32Array) => values.map((value) => 10 * value);
    expect(relativeMoves(tenfold(before), tenfold(after), 2)[0]).toBeCloseTo(5 / size, 6);
  });

  it('as cosines see directions alone', () => {
    expect([...featureCosines(before, after, 2)]).toEqual([NaN, 1, 0]);
    expect([
      ...featureCosines(
        before,
        before.map((x) => -7 * x),
        2,
      ),
    ]).toEqual([NaN, -1, -1]);
  });
});

describe('linear CKA', () => {
  const [n, d] = [40, 6];
  const x = normal(1, n, d).map((value, i) => value + (i % d));

  it('is one after rotation and scale, and does not see a shift', () => {
    const other = turned(x, d, 2, 3).map((value, i) => value + (i % d) * 5);
    expect(linearCka(x, other, n)).toBeCloseTo(1, 6);
  });

  it('is zero where nothing is shared', () => {
    // Columns of a Hadamard matrix are centred and orthogonal.
    const hadamard = (column: number) =>
      Float32Array.from({ length: 8 }, (_, i) => ((i & column).toString(2).replaceAll('0', '').length % 2 ? -1 : 1));
    expect(linearCka(hadamard(1), hadamard(2), 8)).toBe(0);
    expect(linearCka(hadamard(3), hadamard(3), 8)).toBe(1);
    // Of one dimension each it is the squared correlation.
    const sum = hadamard(1).map((value, i) => value + hadamard(2)[i]!);
    expect(linearCka(hadamard(1), sum, 8)).toBeCloseTo(0.5, 12);
    const both = Float32Array.from({ length: 16 }, (_, i) => hadamard(1 + (i % 2))[i >> 1]!);
    expect(linearCka(hadamard(1), both, 8)).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it('is the alignment of the centred kernels', () => {
    const y = normal(3, n, 4);
    const centring = Matrix.sub(Matrix.eye(n), Matrix.ones(n, n).div(n));
    const kernel = (values: Float32Array, width: number) => {
      const K = matrix(values, width).mmul(matrix(values, width).transpose());
      return centring.mmul(K).mmul(centring);
    };
    const [K, L] = [kernel(x, d), kernel(y, 4)];
    const inner = (a: Matrix, b: Matrix) => Matrix.mul(a, b).sum();
    expect(linearCka(x, y, n)).toBeCloseTo(inner(K, L) / Math.sqrt(inner(K, K) * inner(L, L)), 6);
  });
});

describe('fewer samples than dimensions', () => {
  const [n, d] = [7, 12];
  const [x, y] = [normal(21, n, d).map((value) => value + 0.5), normal(22, n, d)];

  it('have the alignment of the centred kernels', () => {
    const centring = Matrix.sub(Matrix.eye(n), Matrix.ones(n, n).div(n));
    const kernel = (values: Float32Array) => {
      const centred = centring.mmul(matrix(values, d));
      return centred.mmul(centred.transpose());
    };
    const inner = (a: Matrix, b: Matrix) => Matrix.mul(a, b).sum();
    const [K, L] = [kernel(x), kernel(y)];
    expect(linearCka(x, y, n)).toBeCloseTo(inner(K, L) / Math.sqrt(inner(K, K) * inner(L, L)), 6);
    expect(linearCka(x, x, n)).toBeCloseTo(1, 12);
  });

  it('span their own directions, orthonormal and with the energies of Σ f fᵀ', () => {
    const { basis, count, energies, held } = featureSubspace(x, n, { energy: 1 });
    expect(count).toBe(n);
    expect(held).toBeCloseTo(1, 12);
    const moment = matrix(x, d).transpose().mmul(matrix(x, d));
    const V = matrix(basis, d);
    const products = V.mmul(V.transpose());
    const turnedMoment = V.mmul(moment).mmul(V.transpose());
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        expect(products.get(i, j)).toBeCloseTo(i === j ? 1 : 0, 8);
        expect(turnedMoment.get(i, j)).toBeCloseTo(i === j ? energies[i]! : 0, 4);
      }
    expect(energies).toHaveLength(d);
  });
});

describe('subspaces', () => {
  it('keep what was asked for', () => {
    const features = Float32Array.of(3, 0, 0, 0, 2, 0, 0, 0, 1);
    expect(featureSubspace(features, 3, { count: 2 })).toMatchObject({ count: 2, held: 13 / 14 });
    expect(featureSubspace(features, 3, { energy: 0.9 }).count).toBe(2);
    expect(featureSubspace(features, 3, { energy: 0.93 }).count).toBe(3);
    expect(featureSubspace(features, 3, { count: 9 }).count).toBe(3);
    // Of dependent features no direction is made up.
    expect(featureSubspace(Float32Array.of(1, 2, 2, 4), 2, { energy: 1 }).count).toBe(1);
  });

  it('have the angles that they were made with', () => {
    const [a, b] = [0.2, 1.1];
    // e1, e2 against e1 turned by a towards e3 and e2 turned by b towards e4.
    const turnedAxes = featureSubspace(
      Float32Array.of(2 * Math.cos(a), 0, 2 * Math.sin(a), 0, 0, Math.cos(b), 0, Math.sin(b)),
      2,
      { count: 2 },
    );
    const angles = principalAngles(axes(4, 0, 1), turnedAxes);
    expect(angles[0]).toBeCloseTo(a, 6);
    expect(angles[1]).toBeCloseTo(b, 6);
    expect(principalAngles(axes(4, 0, 1), axes(4, 1, 2, 3)).map((x) => Number(x.toFixed(6)))).toEqual([
      0,
      Number((Math.PI / 2).toFixed(6)),
    ]);
  });

  it('of functions on the samples do not see a rotation of feature space', () => {
    const [n, d] = [50, 8];
    const x = normal(5, n, d).map((value, i) => value * (1 + (i % d)));
    for (const angle of functionAngles(x, turned(x, d, 6, 2), n, { count: 3 })) expect(angle).toBeLessThan(1e-3);
    expect(
      principalAngles(featureSubspace(x, n, { count: 3 }), featureSubspace(turned(x, d, 6), n, { count: 3 }))[2],
    ).toBeGreaterThan(0.1);
  });

  it('of functions have the angles of the column spaces', () => {
    const [n, d] = [30, 3];
    const [x, y] = [normal(7, n, d), normal(8, n, d)];
    for (const centred of [false, true]) {
      const basis = (values: Float32Array) => {
        const m = matrix(values, d);
        return new QrDecomposition(centred ? m.center('column') : m).orthogonalMatrix.subMatrix(0, n - 1, 0, d - 1);
      };
      // cos² of the angles are the eigenvalues of PᵀQQᵀP; their sum and product are its trace and determinant.
      const overlap = basis(x).transpose().mmul(basis(y));
      const cosines = functionAngles(x, y, n, { count: d }, { centred }).map((angle) => Math.cos(angle) ** 2);
      expect(cosines.reduce((a, b) => a + b)).toBeCloseTo(overlap.mmul(overlap.transpose()).trace(), 6);
    }
  });

  it('hold a share of the moves', () => {
    const before = Float32Array.of(1, 1, 1, 1, 0, 0, 0, 0);
    const after = Float32Array.of(4, 1, 5, 1, 0, 0, 0, 0);
    // One move (3, 0, 4, 0), one of zero.
    expect(shareInSpan(before, after, axes(4, 0)).share).toBeCloseTo(9 / 25, 12);
    expect(shareInSpan(before, after, axes(4, 0, 2))).toEqual({ share: 1, byChance: 0.5 });
    expect(shareInSpan(before, after, axes(4, 1)).share).toBe(0);
    expect(shareInSpan(before, before, axes(4, 1)).share).toBeNaN();
    const random = normal(9, 3000, 4);
    expect(shareInSpan(new Float32Array(12000), random, axes(4, 0)).share).toBeCloseTo(0.25, 1);
  });
});

describe('heads', () => {
  it('are aligned up to what softmax does not see', () => {
    const [classes, d] = [3, 5];
    const a = normal(10, classes, d);
    const shift = normal(11, 1, d);
    const moved = a.map((value, i) => 2 * value + shift[i % d]!);
    const { cosine, angles } = headAlignment(a, moved, classes);
    expect(cosine).toBeCloseTo(1, 6);
    expect(angles).toHaveLength(2);
    angles.forEach((angle) => expect(angle).toBeLessThan(1e-3));
    expect(
      headAlignment(
        a,
        moved.map((value) => -value),
        classes,
      ).cosine,
    ).toBeCloseTo(-1, 6);
  });

  it('have the angle of the directions that tell two classes apart', () => {
    const a = [1, 0, -1, 0];
    const b = [Math.cos(0.4) + 5, Math.sin(0.4), -Math.cos(0.4) + 5, -Math.sin(0.4)];
    const { cosine, angles } = headAlignment(a, b, 2);
    expect(cosine).toBeCloseTo(Math.cos(0.4), 12);
    expect(angles).toHaveLength(1);
    expect(angles[0]).toBeCloseTo(0.4, 7);
  });
});
