import { elementCount } from '../data/array';
import { readDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import { importModel } from '../model/import';
import { modelHashes } from '../model/import/files';
import { storeImport } from '../model/import/stored';
import { trainableNames } from '../model/parameters';
import type { Stage } from '../run/stage';
import { isImported, type ImportedEncoder, type Study } from '../study/schema';

/**
 * Stage 'import': somebody's pretrained model, checked against the study's samples. Keeps the model's files under
 * model/ and their place in import.json, so that the run stands when they change.
 */
export const importStage: Stage = {
  name: 'import',
  computes: false,
  inputs: () => ['data'],
  part: ({ encoder }) => ({ encoder }),
  fingerprint: async (study, resolvePath) => inStudy(() => modelHashes(resolvePath(block(study).import))),
  wanted: () => false,
  async run({ study, resolvePath, folder, inputs, report }) {
    const settings = block(study);
    const file = resolvePath(settings.import);
    const { sampleShape } = await readDataset(inputs.data!);
    const model = await inStudy(() => importModel(file, { inputShape: sampleShape, ...settings }));
    await storeImport(file, folder);
    const { description, encoder, parameters, imageShape } = model;
    report.log(
      'info',
      `${settings.import}: ${description}, on images of ${imageShape.slice(0, 2).join(' × ')} pixels.`,
    );
    const trainable = trainableNames(parameters).reduce((sum, name) => sum + elementCount(parameters[name]!.shape), 0);
    const details = {
      file: settings.import,
      description,
      features: encoder.features,
      imageShape,
      parameters: trainable,
    };
    return { figures: [], details };
  },
};

function block({ encoder }: Study): ImportedEncoder {
  if (!isImported(encoder)) throw new Error('The study imports no model.');
  return encoder;
}

/** Says where in the study a model stands that cannot be used. */
async function inStudy<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.code, `encoder.import: ${error.message}`, error.where);
  }
}
