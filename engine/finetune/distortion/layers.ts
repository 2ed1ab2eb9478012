import { finiteMean } from '../setting';
import { linearCka } from './cka';
import { featureCosines, featureMoves, relativeMoves } from './move';

/** How far one layer's pooled activations on some samples are from what they were. Means over the samples. */
export interface LayerDistortion {
  /** ‖after − before‖. */
  readonly move: number;
  /** The same in units of the root mean square norm before. */
  readonly relativeMove: number;
  /** Cosine between before and after, over samples that have a direction. */
  readonly cosine: number;
  /** Linear CKA of before and after. */
  readonly cka: number;
}

/** Measures of each sample, in the order of `sampleMeasures`. */
export const sampleMeasures = ['move', 'relativeMove', 'cosine'] as const;

/** What one layer shows of each sample: three arrays of n, in the order of `sampleMeasures`. */
export function samplesOf(before: Float32Array, after: Float32Array, n: number): Float64Array[] {
  const d = before.length / n;
  return [featureMoves(before, after, d), relativeMoves(before, after, d), featureCosines(before, after, d)];
}

/** @param before n × d; @param after n × d, aligned */
export function layerDistortion(before: Float32Array, after: Float32Array, n: number): LayerDistortion {
  const [move, relativeMove, cosine] = samplesOf(before, after, n).map(finiteMean) as [number, number, number];
  return { move, relativeMove, cosine, cka: linearCka(before, after, n) };
}
