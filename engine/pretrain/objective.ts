import type { HostArrays, Signature, TensorMap } from '../compute/device';
import type * as tf from '../compute/tensorflow';
import type { Random } from '../data/random';
import type { Pass } from '../model/layers';
import type { Parameters } from '../model/parameters';

/** What an objective sees of a batch of n samples. */
export interface ObjectiveInput {
  readonly pass: Pass;
  /** Features of every view under a pass's parameters, view by view: [views · n, features]. */
  readonly encode: (pass: Pass) => tf.Tensor2D;
  /** Local ones included. */
  readonly views: number;
  /** The objective's scalars, and `labels` (n, int32) for one that learns from labels. */
  readonly batch: TensorMap;
}

/** Where a training run stands. */
export interface Moment {
  /** From 0 on. */
  readonly step: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
}

/**
 * A pretraining objective as a pure function: parameters beside the encoder's, the loss of a batch, and what moves
 * without a gradient. Everything random or changing with the step comes in with the batch.
 */
export interface Objective {
  /** Views of each sample that the augmentation draws. */
  readonly views: number;
  /** Views of small crops, after those. */
  readonly localViews?: { readonly count: number; readonly scale: readonly [number, number] };
  /**
   * Which samples make up a batch of n. unlabelled: n of the pretraining's domains. source: n labelled ones of the
   * source. source-and-target: n labelled ones of the source, then n of the target. By default unlabelled; otherwise
   * the batch has the source's `labels`.
   */
  readonly samples?: 'unlabelled' | 'source' | 'source-and-target';
  /**
   * Parameters beside the encoder's at the start. Those of heads are named `projection.…`; those named `target.…` are
   * a copy that follows the network, and no part of what training leaves.
   */
  initialize(encoder: Parameters, random: (part: string) => Random): Parameters;
  readonly signature?: Signature;
  /** Scalars of a step. */
  scalars?(moment: Moment): HostArrays;
  loss(input: ObjectiveInput): tf.Scalar;
  /** New values of parameters after the optimiser's step; `before` and `after` hold all of them. */
  follow?(before: TensorMap, after: TensorMap, batch: TensorMap): TensorMap;
  /** False for parameters that the optimiser leaves. By default all are trained but the targets. */
  isTrained?(name: string): boolean;
}

/** Prefix of the parameters that follow the network. */
export const targetPrefix = 'target.';
