import { Matrix } from 'ml-matrix';
import type { LinearTask, TwoLayerNetwork } from './two-layer';

export interface FlowOptions {
  /** Times at which the network is wanted, ascending, from 0. */
  readonly times: readonly number[];
  /** Largest error of one step, relative to the parameters' size. By default 1e-10. */
  readonly tolerance?: number;
  /** Largest number of steps before the flow counts as too stiff. */
  readonly largestSteps?: number;
}

/** Dormand and Prince's fifth-order pair: nodes of the stages, their weights, and the fourth-order error's weights. */
const stages = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
] as const;
const errorWeights = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/**
 * Gradient flow of ‖X Bᵀ v − Y‖² from `start` with steps of controlled error (Dormand, Prince 1980): one network for
 * each wanted time. Throws RangeError where the flow cannot be followed with the given number of steps.
 */
export function flowPath(start: TwoLayerNetwork, task: LinearTask, options: FlowOptions): TwoLayerNetwork[] {
  const { tolerance = 1e-10, largestSteps = 200_000 } = options;
  const [k, d] = [start.B.rows, start.B.columns];
  const slope = slopeOf(task, k, d);
  let state = pack(start);
  let first = slope(state);
  let time = 0;
  // A first step in which the parameters move by a hundredth of their size.
  let step = (0.01 * (1e-3 + norm(state))) / (1e-12 + norm(first));
  let steps = 0;
  return options.times.map((wanted) => {
    while (time < wanted) {
      if (++steps > largestSteps)
        throw new RangeError(
          `The flow needs more than ${largestSteps} steps to time ${wanted}; ask for a shorter time.`,
        );
      const last = step >= wanted - time;
      const length = last ? wanted - time : step;
      const trial = tryStep(state, first, length, slope);
      const error = trial.error / (tolerance * (1e-3 + norm(state)));
      if (error <= 1) {
        time = last ? wanted : time + length;
        state = trial.state;
        first = trial.slope;
      }
      const factor = Math.min(5, Math.max(0.2, 0.9 * error ** -0.2));
      // A step that was cut to meet a wanted time says little about the next.
      if (error > 1 || !last || factor * length > step) step = factor * length;
    }
    return unpack(state, k, d);
  });
}

function tryStep(
  state: Float64Array,
  first: Float64Array,
  length: number,
  slope: (state: Float64Array) => Float64Array,
): { state: Float64Array; slope: Float64Array; error: number } {
  const slopes = [first];
  let end = state;
  for (let s = 1; s < stages.length; s++) {
    end = state.slice();
    stages[s]!.forEach((weight, i) => addScaled(end, length * weight, slopes[i]!));
    slopes.push(slope(end));
  }
  const difference = new Float64Array(state.length);
  errorWeights.forEach((weight, i) => addScaled(difference, length * weight, slopes[i]!));
  // The last stage is the slope at the end.
  return { state: end, slope: slopes.at(-1)!, error: norm(difference) };
}

/** −∂loss of the state: the head (k), then the features (k × d). */
function slopeOf({ X, Y }: LinearTask, k: number, d: number): (state: Float64Array) => Float64Array {
  const n = X.rows;
  const x = Float64Array.from(X.to1DArray());
  const y = Float64Array.from(Y.to1DArray());
  return (state) => {
    const out = new Float64Array(state.length);
    const product = new Float64Array(d);
    for (let a = 0; a < k; a++) for (let j = 0; j < d; j++) product[j]! += state[a]! * state[k + a * d + j]!;
    const pull = new Float64Array(d);
    for (let i = 0; i < n; i++) {
      let residual = -y[i]!;
      for (let j = 0; j < d; j++) residual += x[i * d + j]! * product[j]!;
      for (let j = 0; j < d; j++) pull[j]! -= 2 * residual * x[i * d + j]!;
    }
    for (let a = 0; a < k; a++) {
      for (let j = 0; j < d; j++) {
        out[a]! += state[k + a * d + j]! * pull[j]!;
        out[k + a * d + j] = state[a]! * pull[j]!;
      }
    }
    return out;
  };
}

function pack({ v, B }: TwoLayerNetwork): Float64Array {
  return Float64Array.from([...v.to1DArray(), ...B.to1DArray()]);
}

function unpack(state: Float64Array, k: number, d: number): TwoLayerNetwork {
  return {
    v: Matrix.from1DArray(k, 1, [...state.subarray(0, k)]),
    B: Matrix.from1DArray(k, d, [...state.subarray(k)]),
  };
}

function norm(vector: Float64Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i]! += factor * b[i]!;
}
