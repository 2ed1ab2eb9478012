import { join } from 'node:path';
import { stream } from '../data/random';
import type { StoredDataset } from '../data/stored-dataset';
import type { StageName } from '../run/format';
import type { StageContext } from '../run/stage';
import { isImported, type Study } from '../study/schema';
import { createEncoder } from './create';
import type { Encoder } from './encoder';
import { openImport } from './import/stored';
import { type Parameters, pick } from './parameters';
import { readParameters } from './read-parameters';

/** The network that a study looks at: the one place where stages read it from. */
export interface Network {
  readonly encoder: Encoder;
  /** The encoder's parameters where the study starts: imported, or drawn by the seed. */
  readonly initial: Parameters;
  /** The encoder's parameters as they are analysed: after pretraining, where the study pretrains. */
  readonly parameters: Parameters;
  /** Of the head that pretraining put between features and f; empty without pretraining. */
  readonly projection: Parameters;
}

/** Stages whose folders `openEncoder` reads. */
export function encoderInputs({ encoder }: Pick<Study, 'encoder'>): StageName[] {
  return isImported(encoder) ? ['import'] : [];
}

/** Stages whose folders `openNetwork` reads. */
export function networkInputs(study: Pick<Study, 'encoder' | 'pretrain'>): StageName[] {
  return [...encoderInputs(study), ...(study.pretrain ? (['pretrain'] as const) : [])];
}

type Inputs = StageContext['inputs'];
type Samples = Pick<StoredDataset, 'sampleShape' | 'mean' | 'std'>;

/** The study's encoder, for the samples of its dataset. An imported one starts with its own parameters. */
export async function openEncoder(
  { encoder }: Pick<Study, 'encoder'>,
  dataset: Samples,
  inputs: Inputs,
): Promise<Encoder> {
  if (!isImported(encoder)) return createEncoder(encoder, dataset);
  return (await openImport(inputs.import!, encoder, dataset.sampleShape)).encoder;
}

/** The network that the study's analyses look at. */
export async function openNetwork(
  study: Pick<Study, 'encoder' | 'pretrain' | 'seed'>,
  dataset: Samples,
  inputs: Inputs,
): Promise<Network> {
  const encoder = await openEncoder(study, dataset, inputs);
  const initial = encoder.initialize(stream(study.seed, 'encoder'));
  if (!study.pretrain) return { encoder, initial, parameters: initial, projection: {} };
  const trained = await readParameters(join(inputs.pretrain!, 'encoder.safetensors'));
  const isProjection = (name: string): boolean => name.startsWith('projection.');
  return {
    encoder,
    initial,
    parameters: pick(trained, (name) => !isProjection(name)),
    projection: pick(trained, isProjection),
  };
}

/** What the analysed network is called among methods: how it was trained. */
export function networkName({ encoder, pretrain }: Pick<Study, 'encoder' | 'pretrain'>): string {
  return pretrain?.objective ?? (isImported(encoder) ? 'imported' : 'encoder');
}

/** What it is called as it was before the study trained it. */
export function initialName({ encoder }: Pick<Study, 'encoder'>): string {
  return isImported(encoder) ? 'imported' : 'random-network';
}
