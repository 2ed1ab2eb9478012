import * as z from 'zod';
import { path, positiveInteger } from './schema-parts';

const channel = z.number();

/** A network of the engine's own, drawn by the seed. */
export const createdEncoderSchema = z.strictObject({
  architecture: z
    .enum(['mlp', 'convnet', 'resnet-small', 'resnet18', 'identity'])
    .default('resnet-small')
    .describe(
      'mlp: two hidden layers. convnet: four 3x3 convolutions and a linear feature layer. ' +
        'resnet-small: three stages of one basic block (width, 2 · width, features), images of 32 pixels or more halved by the first convolution. resnet18: ResNet-18 with the CIFAR stem. identity: the given values are the features.',
    ),
  width: positiveInteger
    .optional()
    .describe('Channels of the first stage (mlp: hidden units divided by 8). By default 32, resnet18: 64.'),
  features: positiveInteger
    .optional()
    .describe('Length of the feature vector that heads are fitted on. By default 256, resnet18: 8 · width.'),
});

/** Somebody's pretrained model. */
const importedEncoderSchema = z.strictObject({
  import: path.describe(
    'A pretrained model: .safetensors (a ResNet by the names of torchvision or timm), a TensorFlow.js model.json ' +
      '(Keras layers, or the weights of MobileNet v1 alone), or an .onnx file. ' +
      'Path relative to the study file; it may begin with ${NAME}, an environment variable.',
  ),
  imageSize: positiveInteger
    .max(1024)
    .optional()
    .describe(
      'Side in pixels to which images are resized as they enter the network. ' +
        'By default the size that the file fixes, else that of the stored images (data.image.size).',
    ),
  pixels: z
    .strictObject({
      mean: z.array(channel).min(1).max(3).describe('Mean of each channel.'),
      std: z.array(channel.positive()).min(1).max(3).describe('Deviation of each channel.'),
    })
    .optional()
    .describe(
      'What the network expects of its pixels, which are 0…1: (x − mean) / std by channel. ' +
        "By default ImageNet's mean and deviation for .safetensors and .onnx, −1…1 for TensorFlow.js.",
    ),
  layer: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What the features are: a ResNet\'s stage ("layer3"), a Keras layer, or a tensor of an ONNX graph; images of ' +
        'features are averaged over their pixels. By default what the last linear layer reads.',
    ),
});

export const encoderSchema = z
  .union([importedEncoderSchema, createdEncoderSchema])
  .prefault({})
  .describe('The network that turns a sample into a feature vector: one that is trained here, or one that you bring.');

export type EncoderBlock = z.output<typeof encoderSchema>;
export type CreatedEncoder = z.output<typeof createdEncoderSchema>;
export type ImportedEncoder = z.output<typeof importedEncoderSchema>;

/** True for a model that the study brings. */
export function isImported(encoder: EncoderBlock): encoder is ImportedEncoder {
  return 'import' in encoder;
}

/** False where the given values are the features: nothing can be trained. */
export function hasWeights(encoder: EncoderBlock): boolean {
  return isImported(encoder) || encoder.architecture !== 'identity';
}
