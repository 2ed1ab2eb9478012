import { join } from 'node:path';
import { writeNpy } from '../data/npy';
import { readDataset } from '../data/stored-dataset';
import { extract } from '../model/extract';
import { embedding } from '../model/heads';
import { networkInputs, openNetwork } from '../model/network';
import type { Stage } from '../run/stage';
import { hasWeights, type Study } from '../study/schema';

/**
 * Stage 'represent': features of every sample of every split. Writes features.npy (n × d), after pretraining
 * embedding.npy (n × k, f: after the projection head, as the loss has it), and, for the probe to compare with,
 * random-features.npy: those of the same network before training, random or imported. Rows are aligned with the dataset;
 * all float32.
 */
export const representStage: Stage = {
  name: 'represent',
  inputs: (study) => ['data', ...networkInputs(study)],
  part: (study) => ({ encoder: study.encoder, seed: study.seed, randomNetwork: wantsRandomNetwork(study) }),
  wanted: () => false,
  async run({ study, folder, inputs, report, signal, device }) {
    const dataset = await readDataset(inputs.data!);
    const { encoder, initial, parameters: analysed, projection: head } = await openNetwork(study, dataset, inputs);
    const n = dataset.labels.length;
    const rows = Int32Array.from({ length: n }, (_, i) => i);
    const networks = [
      {
        name: 'features',
        label: 'Representing the samples',
        parameters: { ...analysed, ...head },
        embed: study.pretrain && embedding(study.pretrain),
      },
      ...(wantsRandomNetwork(study)
        ? [
            {
              name: 'random-features',
              label: 'Representing them by the network before training',
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

/** Without pretraining the features are those of the network before training already. */
function wantsRandomNetwork({ probe, pretrain, encoder }: Study): boolean {
  return probe?.randomNetwork === true && pretrain !== undefined && hasWeights(encoder);
}
