import { Matrix, QrDecomposition } from 'ml-matrix';
import { stream, type Random } from '../data/random';
import { flowPath } from './flow-path';
import {
  balance,
  fineTuningBound,
  linearProbe,
  outOfDistributionLoss,
  rowSpace,
  trainingLoss,
  type FineTuningBound,
  type LinearTask,
  type TwoLayerNetwork,
} from './two-layer';

export interface LabSettings {
  /** Inputs, features, training samples. */
  readonly d: number;
  readonly k: number;
  readonly n: number;
  /** Distance of the pretrained features from the true ones: 0 is perfect. */
  readonly featureNoise: number;
  /** Norm of the random head that fine-tuning starts from. */
  readonly headSize: number;
  /** Norm of the true head, which is that of w⋆. */
  readonly targetSize: number;
  readonly seed: number;
  /** Ascending, from 0. */
  readonly times: readonly number[];
}

/** What is seen of a network at one time of its training. */
export interface LabMoment {
  readonly time: number;
  /** ‖X Bᵀ v − Y‖². */
  readonly trainingLoss: number;
  /** √L_ood = ‖B⋆ᵀ v⋆ − Bᵀ v‖. */
  readonly outOfDistributionError: number;
  /** Mean ‖B x − B₀ x‖ over training inputs, and over standard normal inputs. */
  readonly move: { readonly ID: number; readonly OOD: number };
  /** Norm of the change of v vᵀ − B Bᵀ, and of B on what is orthogonal to the training inputs: zero along the flow. */
  readonly drift: { readonly balance: number; readonly offData: number };
}

export interface LabResult {
  readonly methods: Record<'LP' | 'FT' | 'LP-FT', readonly LabMoment[]>;
  /** Lower bound of FT's out-of-distribution error at every time. */
  readonly bound: FineTuningBound;
}

/** So many standard normal inputs stand for the shifted distribution. */
const shiftedInputs = 1000;

/**
 * Linear probing, fine-tuning from a random head, and one after the other on a two-layer linear network by gradient flow
 * (Kumar et al. 2022, section 3): n training inputs span a part S of the input space, labels come without noise from
 * w⋆ = B⋆ᵀ v⋆, pretrained features lie near B⋆. Outside S features cannot move, so those inside move away from them.
 */
export function distortionLab(settings: LabSettings): LabResult {
  const { d, k, n, times } = settings;
  if (!(k >= 1 && k <= d && n >= 1)) throw new RangeError('There must be 1 ≤ k ≤ d features and n ≥ 1 samples.');
  const { truth, features, head, task, shifted } = draw(settings);
  const start: TwoLayerNetwork = { B: features, v: head };
  // With fewer samples than features the probe is not unique; the theory has n ≥ k.
  if (n < k) throw new RangeError(`The linear probe needs n ≥ k, and n is ${n}, k is ${k}.`);
  const probe = linearProbe(features, task);
  const off = rowSpace(task.X).complement;
  const watch = (from: TwoLayerNetwork, networks: readonly TwoLayerNetwork[]): LabMoment[] =>
    networks.map((network, i) => {
      const change = Matrix.sub(network.B, from.B);
      return {
        time: times[i]!,
        trainingLoss: trainingLoss(network, task),
        outOfDistributionError: Math.sqrt(outOfDistributionLoss(network, truth)),
        move: { ID: meanMove(change, task.X), OOD: meanMove(change, shifted) },
        drift: {
          balance: Matrix.sub(balance(network), balance(from)).norm('frobenius'),
          offData: off.columns === 0 ? 0 : change.mmul(off).norm('frobenius'),
        },
      };
    });
  return {
    methods: {
      LP: watch(
        probe,
        times.map(() => probe),
      ),
      FT: watch(start, flowPath(start, task, { times })),
      'LP-FT': watch(probe, flowPath(probe, task, { times })),
    },
    bound: fineTuningBound(start, truth, task.X),
  };
}

function draw({ d, k, n, featureNoise, headSize, targetSize, seed }: LabSettings) {
  const random = (name: string) => stream(seed, 'distortion-lab', name);
  const truth: TwoLayerNetwork = {
    B: orthonormalRows(normal(random('true features'), k, d)),
    v: scaled(normal(random('true head'), k, 1), targetSize),
  };
  const turn = new QrDecomposition(normal(random('turn'), k, k)).orthogonalMatrix;
  const noise = normal(random('feature noise'), k, d).mul(featureNoise / Math.sqrt(d));
  const features = orthonormalRows(Matrix.add(turn.mmul(truth.B), noise));
  const head = scaled(normal(random('head'), k, 1), headSize);
  const X = normal(random('inputs'), n, d);
  const task: LinearTask = { X, Y: X.mmul(truth.B.transpose().mmul(truth.v)) };
  return { truth, features, head, task, shifted: normal(random('shifted inputs'), shiftedInputs, d) };
}

function normal(random: Random, rows: number, columns: number): Matrix {
  return Matrix.from1DArray(
    rows,
    columns,
    Array.from({ length: rows * columns }, () => random.normal()),
  );
}

function scaled(vector: Matrix, size: number): Matrix {
  return Matrix.mul(vector, size / vector.norm('frobenius'));
}

/** Orthonormal rows that span the same space, near the given ones: QR with a positive diagonal. */
function orthonormalRows(matrix: Matrix): Matrix {
  const { orthogonalMatrix, upperTriangularMatrix } = new QrDecomposition(matrix.transpose());
  const rows = orthogonalMatrix.transpose();
  for (let i = 0; i < rows.rows; i++) if (upperTriangularMatrix.get(i, i) < 0) rows.mulRow(i, -1);
  return rows;
}

function meanMove(change: Matrix, inputs: Matrix): number {
  const moves = inputs.mmul(change.transpose());
  let sum = 0;
  for (let i = 0; i < moves.rows; i++) sum += Math.hypot(...moves.getRow(i));
  return sum / moves.rows;
}
