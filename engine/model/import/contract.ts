import type * as tf from '../../compute/tensorflow';
import { UserError } from '../../errors';
import type { Encoder } from '../encoder';
import type { Pass } from '../layers';
import type { Parameters } from '../parameters';
import { suggest } from '../../study/suggest';

export interface ImportOptions {
  /** Shape of the study's samples, [height, width, channels]. */
  readonly inputShape: readonly number[];
  /**
   * What the model expects of its pixels, images being 0…1: (x − mean)/std by channel. By default what the kind of
   * model is known to want.
   */
  readonly pixels?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /**
   * Side to which images are resized as they enter the network. By default the size that the file fixes, else that of
   * the samples.
   */
  readonly imageSize?: number;
  /** What the features are, by the format's own names. By default what the last linear layer reads. */
  readonly layer?: string;
}

/** Somebody's pretrained model, ready to be probed and fine-tuned. */
export interface ImportedModel {
  /** What it is, in a few words. */
  readonly description: string;
  /** Shape of the images that the network computes on, [height, width, channels]. */
  readonly imageShape: readonly number[];
  /** From samples to features; its parameters at the start are the imported ones. */
  readonly encoder: Encoder;
  /** The encoder's parameters by the names that they had in the file, with normalize.mean and normalize.std. */
  readonly parameters: Parameters;
  /** What its library calls the last linear layer ([classes, features] and [classes]), where heads may take its place. */
  readonly headNames?: { readonly weight: string; readonly bias: string };
  /** The rest of the model, from features to its own classes, where it has one. */
  readonly classifier?: {
    readonly parameters: Parameters;
    /** [n, features] → [n, the model's classes]. */
    apply(pass: Pass, features: tf.Tensor2D): tf.Tensor2D;
  };
}

/** What an importer of one format makes: for images as the network takes them. */
export type NetworkOfFile = Omit<ImportedModel, 'imageShape'>;

/** The sentence for features that the model does not have. */
export function unknownLayer(file: string, layer: string, known: readonly string[]): UserError {
  const meant = suggest(layer, known);
  const shown = known.length > 12 ? [...known.slice(0, 4), '…', ...known.slice(-6)] : known;
  const rest = meant === undefined ? `it has ${shown.join(', ')}.` : `did you mean "${meant}"?`;
  return new UserError('import-layer', `${file} has no layer "${layer}" (encoder.layer); ${rest}`, { file });
}

/** Statistics for a number of channels: one that is given for all holds for each. */
export function perChannel(values: readonly number[], channels: number): number[] {
  return values.length === channels ? [...values] : Array<number>(channels).fill(values[0]!);
}

/** ImageNet's statistics, which torchvision's and timm's ResNets were trained with. */
export const imagenetPixels = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
/** From 0…1 to −1…1. */
export const symmetricPixels = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** Throws UserError where the samples are not images of so many channels. */
export function requireChannels(file: string, channels: number, inputShape: readonly number[]): void {
  if (inputShape.length !== 3) {
    const message = `The model ${file} takes images, but the samples are feature vectors; use the encoder "identity" for features that were computed elsewhere.`;
    throw new UserError('import-samples', message, { file });
  }
  if (inputShape[2] !== channels) {
    const setting = channels === 3 ? 'rgb' : 'gray';
    const message = `The model ${file} takes images with ${channels} channels, but these have ${inputShape[2]}; set data.image.channels to "${setting}".`;
    throw new UserError('import-channels', message, { file });
  }
}

/** Checks that a file's tensors have the expected names and shapes; names all that are missing or differ. */
export function checkTensors(
  file: string,
  expected: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  found: Parameters,
): void {
  const problems = Object.entries(expected).flatMap(([name, { shape }]) => {
    const tensor = found[name];
    if (!tensor) return [`${name} is missing`];
    if (String(tensor.shape) !== String(shape))
      return [`${name} is [${tensor.shape.join(', ')}] instead of [${shape.join(', ')}]`];
    return [];
  });
  if (problems.length === 0) return;
  const shown = problems.slice(0, 8).join('; ');
  const rest = problems.length > 8 ? `; and ${problems.length - 8} more` : '';
  throw new UserError('import-tensors', `${file} does not hold a model that is known here: ${shown}${rest}.`, { file });
}
