import { readDataset, type StoredDataset } from '../data/stored-dataset';
import { type Block, blocksOf } from '../model/blocks';
import type { Encoder } from '../model/encoder';
import { openNetwork } from '../model/network';
import { type Parameters, pick } from '../model/parameters';
import { readParameters } from '../model/read-parameters';
import { type Protocol, protocolOf } from '../probe';
import type { StageContext } from '../run/stage';

/** What fine-tuning starts from. */
export interface Pretrained {
  readonly dataset: StoredDataset;
  readonly encoder: Encoder;
  /** Of the encoder, from input to features. */
  readonly blocks: readonly Block[];
  readonly protocol: Protocol;
  /** The pretrained encoder's parameters. */
  readonly network: Parameters;
}

/** Reads data and network, pretrained or imported, from the stages before. */
export async function openPretrained({ study, inputs, report }: StageContext): Promise<Pretrained> {
  const dataset = await readDataset(inputs.data!);
  const { encoder, parameters: network } = await openNetwork(study, dataset, inputs);
  const protocol = protocolOf(study, dataset, (message) => report.log('warning', message));
  return { dataset, encoder, blocks: blocksOf(encoder, network), protocol, network };
}

/** The encoder among the parameters that pretraining wrote. */
export async function readEncoder(file: string): Promise<Parameters> {
  return pick(await readParameters(file), (name) => !name.startsWith('projection.'));
}
