import * as tf from '../compute/tensorflow';
import { elementCount } from '../data/array';
import type { StoredDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import type { CreatedEncoder } from '../study/schema';
import { convnet } from './convnet';
import type { Encoder } from './encoder';
import { mlp } from './mlp';
import { resnet } from './resnet';

/** Images this long or longer are halved by the first convolution of `resnet-small`. */
const halvedSide = 32;

/** The encoder of the engine's own that a study names, for the samples of a dataset. Throws UserError where the two do not fit. */
export function createEncoder(
  { architecture, width, features }: CreatedEncoder,
  dataset: Pick<StoredDataset, 'sampleShape' | 'mean' | 'std'>,
): Encoder {
  const inputShape = dataset.sampleShape;
  const statistics = { mean: dataset.mean, std: dataset.std };
  switch (architecture) {
    case 'identity':
      return identity(inputShape);
    case 'mlp':
      return mlp({ inputShape, statistics, hidden: 8 * (width ?? 32), features: features ?? 256 });
    case 'convnet':
      requireImages(architecture, inputShape, 4);
      return convnet({ inputShape, statistics, width: width ?? 32, features: features ?? 256 });
    case 'resnet-small': {
      requireImages(architecture, inputShape, 4);
      const first = width ?? 32;
      const stride = Math.min(inputShape[0]!, inputShape[1]!) >= halvedSide ? 2 : 1;
      return resnet({ inputShape, statistics, widths: [first, 2 * first, features ?? 256], blocks: [1, 1, 1], stride });
    }
    case 'resnet18': {
      requireImages(architecture, inputShape, 8);
      const first = width ?? 64;
      const widths = [first, 2 * first, 4 * first, features ?? 8 * first];
      return resnet({ inputShape, statistics, widths, blocks: [2, 2, 2, 2], stride: 1 });
    }
  }
}

/** The given values are the features: nothing to train. */
function identity(inputShape: readonly number[]): Encoder {
  const features = elementCount(inputShape);
  return {
    inputShape,
    features,
    initialize: () => ({}),
    apply: (_pass, x) => tf.reshape(x, [x.shape[0]!, features]),
  };
}

function requireImages(architecture: string, shape: readonly number[], side: number): void {
  if (shape.length !== 3)
    throw new UserError(
      'encoder-needs-images',
      `The encoder "${architecture}" is for images, but the samples are feature vectors; choose "mlp" or "identity".`,
    );
  if (Math.min(shape[0]!, shape[1]!) < side)
    throw new UserError(
      'encoder-image-size',
      `The encoder "${architecture}" needs images of ${side} pixels or more, but these have ${shape[0]} × ${shape[1]}; set data.image.size.`,
    );
}
