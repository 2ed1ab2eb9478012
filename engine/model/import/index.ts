import { extname } from 'node:path';
import { readSafetensors } from '../../data/safetensors';
import { UserError } from '../../errors';
import type { ImportedModel, ImportOptions } from './contract';
import { importMobilenet } from './mobilenet';
import { readTfjsModel } from './tfjs-weights';
import { importResnet } from './torchvision';

export type { ImportedModel, ImportOptions } from './contract';

/**
 * Reads a pretrained model: .safetensors with a ResNet by torchvision's or timm's names, a TensorFlow.js model.json, or
 * an .onnx file. Throws UserError.
 */
export async function importModel(file: string, options: ImportOptions): Promise<ImportedModel> {
  switch (extname(file).toLowerCase()) {
    case '.safetensors':
      return importResnet(await readSafetensors(file), file, options);
    case '.json': {
      const { weights } = await readTfjsModel(file);
      return importMobilenet(weights, file, options);
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
