import { compileProgram } from '../compute/compile';
import type { TensorMap } from '../compute/device';
import type * as tf from '../compute/tensorflow';
import { encodeSafetensors } from '../data/safetensors';
import type { Encoder } from './encoder';
import { Pass } from './layers';
import { type Parameters, pick } from './parameters';

export interface ExportedModel {
  readonly encoder: Encoder;
  /** Of the encoder and of the head. */
  readonly parameters: Parameters;
  /** From features to scores, where there is a head. */
  readonly head?: (pass: Pass, features: tf.Tensor2D) => tf.Tensor2D;
}

/**
 * An .onnx file of the network as it predicts (opset 20, float32): input "batch/images" [batch, height, width, channels]
 * of 0…1, outputs "out/features" and, with a head, "out/scores". Batch norm uses its running statistics.
 */
export function exportOnnx({ encoder, parameters, head }: ExportedModel, batch = 1): Uint8Array {
  const { bytes } = compileProgram({
    state: parameters,
    frozen: true,
    batch: { images: { shape: [batch, ...encoder.inputShape], dtype: 'float32' } },
    step(state, { images }) {
      const pass = new Pass(state, 'evaluate');
      const features = encoder.apply(pass, images!);
      const outputs: TensorMap = { features };
      if (head) outputs.scores = head(pass, features);
      return { outputs };
    },
  });
  return bytes;
}

/**
 * A .safetensors file of the parameters by the names that they were imported with, so that PyTorch or timm loads it
 * again. What the input is normalised by is no parameter there: it stands in the metadata.
 */
export function exportSafetensors(parameters: Parameters): Uint8Array {
  const text = (name: string) => [...(parameters[`normalize.${name}`]?.data ?? [])].join(' ');
  const own = pick(parameters, (name) => !name.startsWith('normalize.'));
  return encodeSafetensors(own, { format: 'pt', 'pixel-mean': text('mean'), 'pixel-std': text('std') });
}
