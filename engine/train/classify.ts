import { stepCount } from '../augment/batches';
import type { Device } from '../compute/device';
import * as tf from '../compute/tensorflow';
import type { StoredDataset } from '../data/stored-dataset';
import type { Encoder } from '../model/encoder';
import { head } from '../model/heads';
import type { Mode } from '../model/layers';
import type { Parameters } from '../model/parameters';
import type { AugmentationName } from '../study/schema';
import { openBatches } from './batches';
import { createOptimizer, type OptimizerSettings } from './optimizer';
import { type Pull, withPull } from './pull';
import { train, type Trained, type TrainOptions } from './train';

export interface ClassifyOptions {
  readonly device: Device;
  readonly encoder: Encoder;
  /** Of the encoder and of the head. */
  readonly parameters: Parameters;
  readonly dataset: Pick<StoredDataset, 'values' | 'sampleShape' | 'labels' | 'classNames'>;
  /** Labelled samples to train on. */
  readonly rows: Int32Array;
  readonly optimizer: OptimizerSettings & { readonly learningRate: number; readonly warmupSteps: number };
  /** Names of the parameters that change. By default every trainable one. */
  readonly trained?: readonly string[];
  /** What parameters are pulled back to (L2-SP). The losses that are returned are without it. */
  readonly pull?: (name: string) => Pull | undefined;
  readonly epochs: number;
  readonly batchSize: number;
  readonly augmentation: AugmentationName;
  /** 'evaluate' keeps batch normalisation's running statistics frozen. */
  readonly mode: Mode;
  readonly seed: number;
  readonly checkpoint?: { readonly file: string; readonly everySteps: number };
  readonly signal: AbortSignal;
  readonly label: string;
  readonly onStep?: (done: number, loss: number) => void;
  readonly observe?: TrainOptions['observe'];
}

/** Steps that `trainClassifier` takes. */
export function classifierSteps(
  rows: number,
  { batchSize, epochs }: Pick<ClassifyOptions, 'batchSize' | 'epochs'>,
): number {
  return stepCount(rows, batchSize, epochs);
}

/** Trains encoder and linear head by cross-entropy on the labels of the given samples. */
export async function trainClassifier(options: ClassifyOptions): Promise<Trained> {
  const { device, encoder, parameters, dataset, rows, optimizer, mode, seed } = options;
  const batchSize = Math.min(options.batchSize, rows.length);
  const classes = dataset.classNames.length;
  const shape = [batchSize, ...dataset.sampleShape];
  return train({
    device,
    parameters,
    mode,
    batch: { samples: { shape, dtype: 'float32' }, labels: { shape: [batchSize], dtype: 'int32' } },
    loss: (pass, batch) => {
      const scores = head(pass, encoder.apply(pass, batch.samples!));
      return crossEntropy(scores, batch.labels as tf.Tensor1D, classes);
    },
    trained: options.trained,
    optimizer: options.pull ? withPull(createOptimizer(optimizer), options.pull) : createOptimizer(optimizer),
    learningRate: optimizer.learningRate,
    warmupSteps: optimizer.warmupSteps,
    steps: stepCount(rows.length, batchSize, options.epochs),
    open: (firstStep) =>
      openBatches(
        { dataset, rows, augmentation: options.augmentation, batchSize, epochs: options.epochs, views: 1, seed },
        firstStep,
      ),
    feed: (batch) => ({
      samples: { shape, data: batch.views },
      labels: { shape: [batchSize], data: Int32Array.from(batch.rows, (row) => dataset.labels[row]!) },
    }),
    checkpoint: options.checkpoint,
    signal: options.signal,
    label: options.label,
    onStep: options.onStep,
    observe: options.observe,
  });
}

/** Mean over the batch of −log softmax(scores)[label]. scores: n × classes. */
export function crossEntropy(scores: tf.Tensor2D, labels: tf.Tensor1D, classes: number): tf.Scalar {
  const picked = tf.sum(tf.mul(tf.logSoftmax(scores), tf.oneHot(labels, classes, 1, 0, 'float32')), 1);
  return tf.neg(tf.mean<tf.Scalar>(picked));
}

/** The linear head among a network's parameters. */
export function headOf(parameters: Parameters): { weights: Float64Array; bias: Float64Array } {
  return {
    weights: Float64Array.from(parameters['head.weight']!.data),
    bias: Float64Array.from(parameters['head.bias']!.data),
  };
}

/** A linear head as a network's parameters. weights: classes × d. */
export function headParameters(weights: ArrayLike<number>, bias: ArrayLike<number>): Parameters {
  return {
    'head.weight': { shape: [bias.length, weights.length / bias.length], data: Float32Array.from(weights) },
    'head.bias': { shape: [bias.length], data: Float32Array.from(bias) },
  };
}
