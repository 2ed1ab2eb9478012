import type * as tf from '../compute/tensorflow';
import type { Random } from '../data/random';
import type { Pass } from './layers';
import type { Parameters } from './parameters';

/** A network from samples to feature vectors: a pure function of named parameters. */
export interface Encoder {
  /** Shape of one sample: [height, width, channels] or [d]. */
  readonly inputShape: readonly number[];
  /** Shape of what the network computes on, where it brings samples to another size first. */
  readonly networkShape?: readonly number[];
  /** Length of the feature vector. */
  readonly features: number;
  /** Parameters and buffers at the start; empty where nothing can be trained. */
  initialize(random: Random): Parameters;
  /** x: [n, ...inputShape], images as 0…1. Returns [n, features]. */
  apply(pass: Pass, x: tf.Tensor): tf.Tensor2D;
}
