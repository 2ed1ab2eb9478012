import type { Device } from '../compute/device';
import type { Encoder } from '../model/encoder';
import { Pass } from '../model/layers';
import type { Parameters } from '../model/parameters';
import { Cancelled } from '../errors';
import type { TrainingBatches } from './batches';
import { openBatches } from './batches';

/** Batches after which nothing is left of the statistics before: .9^100 is 3e-5. */
const leastSteps = 100;

/**
 * The network with running statistics of batch normalisation that are its own: passes over shuffled batches of the given
 * samples without learning, as averaged weights need it (Izmailov et al. 2018).
 */
export async function refreshStatistics(
  {
    device,
    encoder,
    parameters,
    signal,
  }: { device: Device; encoder: Encoder; parameters: Parameters; signal: AbortSignal },
  samples: Pick<TrainingBatches, 'dataset' | 'rows' | 'seed' | 'augmentation'> & { readonly batchSize: number },
): Promise<Parameters> {
  const batchSize = Math.min(samples.batchSize, samples.rows.length);
  const perEpoch = Math.floor(samples.rows.length / batchSize);
  const epochs = Math.ceil(leastSteps / perEpoch);
  const shape = [batchSize, ...samples.dataset.sampleShape];
  const program = await device.compile({
    state: parameters,
    batch: { samples: { shape, dtype: 'float32' } },
    step(state, batch) {
      const pass = new Pass(state, 'train');
      encoder.apply(pass, batch.samples!);
      return { state: pass.buffers, outputs: {} };
    },
  });
  const source = openBatches({ ...samples, batchSize, epochs, views: 1 }, 0);
  try {
    for (let batch = await source.next(); batch; batch = await source.next()) {
      if (signal.aborted) throw new Cancelled();
      await program.run({ samples: { shape, data: batch.views } });
    }
    return await program.state();
  } finally {
    await source.close();
    await program.dispose();
  }
}
