import { extname } from 'node:path';
import { readSafetensors } from '../../data/safetensors';
import { UserError } from '../../errors';
import { acceptImages } from '../image-size';
import type { ImportedModel, ImportOptions, NetworkOfFile } from './contract';
import { importKeras } from './keras';
import { importMobilenet } from './mobilenet';
import { readTfjsModel } from './tfjs-weights';
import { importResnet } from './torchvision';

export type { ImportedModel, ImportOptions } from './contract';

/**
 * Reads a pretrained model: .safetensors with a ResNet by torchvision's or timm's names, a TensorFlow.js model.json
 * (Keras layers, or the weights of MobileNet v1 alone), or an .onnx file. Samples of another size than its images are
 * brought to that size as they enter. Throws UserError.
 */
export async function importModel(file: string, options: ImportOptions): Promise<ImportedModel> {
  const { inputShape, imageSize } = options;
  const asked = imageSize === undefined ? inputShape : [imageSize, imageSize, ...inputShape.slice(2)];
  const network = await readNetwork(file, inputShape.length === 3 ? { ...options, inputShape: asked } : options);
  return { ...network, imageShape: network.encoder.inputShape, encoder: acceptImages(network.encoder, inputShape) };
}

async function readNetwork(file: string, options: ImportOptions): Promise<NetworkOfFile> {
  switch (extname(file).toLowerCase()) {
    case '.safetensors':
      return importResnet(await readSafetensors(file), file, options);
    case '.json': {
      const { topology, weights } = await readTfjsModel(file);
      // Weights alone say nothing of their network but by their names.
      return topology === null
        ? importMobilenet(weights, file, options)
        : importKeras(topology, weights, file, options);
    }
    case '.onnx':
      return (await import('./onnx/import-onnx')).importOnnx(file, options);
    default:
      throw new UserError(
        'import-format',
        `${file} is not a model that can be read; give a .safetensors file (ResNet), a TensorFlow.js model.json, or an .onnx file.`,
        { file },
      );
  }
}
