import { join } from 'node:path';
import { writeNpy } from '../data/npy';
import { stream } from '../data/random';
import { readDataset } from '../data/stored-dataset';
import { createEncoder } from '../model/create';
import { extract } from '../model/extract';
import { embedding } from '../model/heads';
import { readParameters } from '../model/read-parameters';
import type { Stage } from '../run/stage';
import type { Study } from '../study/schema';

/**
 * Stage 'represent': features of every sample of every split. Writes features.npy (n × d), after pretraining
 * embedding.npy (n × k, f: after the projection head, as the loss has it), and, as a floor for the probe,
 * random-features.npy: those of the same network before training. Rows are aligned with the dataset; all float32.
 */
export const representStage: Stage = {
  name: 'represent',
  inputs: (study) => (study.pretrain ? ['data', 'pretrain'] : ['data']),
  part: (study) => ({ encoder: study.encoder, seed: study.seed, randomNetwork: wantsRandomNetwork(study) }),
  wanted: () => false,
  async run({ study, folder, inputs, report, signal, device }) {
    const dataset = await readDataset(inputs.data!);
    const encoder = createEncoder(study.encoder, dataset);
    const initial = encoder.initialize(stream(study.seed, 'encoder'));
    const n = dataset.labels.length;
    const rows = Int32Array.from({ length: n }, (_, i) => i);
    const networks = [
      {
        name: 'features',
        label: 'Representing the samples',
        parameters: study.pretrain ? await readParameters(join(inputs.pretrain!, 'encoder.safetensors')) : initial,
        embed: study.pretrain && embedding(study.pretrain),
      },
      ...(wantsRandomNetwork(study)
        ? [
            {
              name: 'random-features',
              label: 'Representing them by a random network',
              parameters: initial,
              embed: undefined,
            },
          ]
        : []),
    ];
    let k: number | undefined;
    for (const [i, { name, label, parameters, embed }] of networks.entries()) {
      const result = await extract({
        ...{ device, encoder, parameters, embed, dataset, rows, signal },
        progress: (done) => report.progress(i * n + done, networks.length * n, label),
      });
      await writeNpy(join(folder, `${name}.npy`), { shape: [n, encoder.features], data: result.features });
      if (!result.embedding) continue;
      k = result.embedding.length / n;
      await writeNpy(join(folder, 'embedding.npy'), { shape: [n, k], data: result.embedding });
    }
    return {
      figures: [],
      details: { samples: n, features: encoder.features, ...(k !== undefined && { embedding: k }) },
    };
  },
};

/** Without pretraining the features are those of the random network already. */
function wantsRandomNetwork({ probe, pretrain, encoder }: Study): boolean {
  return probe?.randomNetwork === true && pretrain !== undefined && encoder.architecture !== 'identity';
}
