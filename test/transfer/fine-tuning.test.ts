import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../engine/data/npy';
import { studySchema, type StudyInput } from '../../engine/study/schema';
import { temporaryFolder } from '../data/temporary';
import { overlappingClasses } from './overlapping-classes';
import { runOn } from './run-dataset';

const home = temporaryFolder();

/** What the linear head and the fine-tuned network predict, at a learning rate. */
async function predictions(name: string, learningRate: number): Promise<[linear: number[], finetuned: number[]]> {
  const study = studySchema.parse({
    ...{ name: 'Fine-tuning', seed: 6, data: { folder: 'unused', source: 'here', target: 'there' } },
    encoder: { architecture: 'mlp', width: 2, features: 8 },
    pretrain: { epochs: 3, batchSize: 16, augmentation: 'vector-mix', projection: { hidden: 8, output: 4 } },
    probe: { regularization: { count: 5 } },
    transfer: {
      ...{ methods: [], heads: ['linear', 'finetune'], distinguishability: false },
      finetune: { epochs: 4, batchSize: 8, optimizer: { learningRate, warmupSteps: 0 } },
    },
  } satisfies StudyInput);
  const { stages } = await runOn(join(home, name), overlappingClasses(), study);
  const of = async (method: string): Promise<number[]> =>
    Array.from((await readNpy(join(stages, 'transfer', `predictions-${method}.npy`))).data, Number);
  return [await of('spectral'), await of('spectral-fine-tuned')];
}

describe('the head "finetune"', () => {
  it('starts from the linear head on the pretrained network, whose running statistics it keeps', async () => {
    // Steps too small for a float32 leave the network what it was; statistics of the batches would not.
    const [linear, finetuned] = await predictions('still', 1e-30);
    expect(finetuned).toEqual(linear);
  });

  it('trains the network', async () => {
    const [linear, finetuned] = await predictions('trained', 1e-2);
    expect(finetuned).not.toEqual(linear);
  });
});
