import type { Block } from '../../model/blocks';
import type { FinetuneBlock, FinetuneMethod } from '../../study/schema';
import type { Pull } from '../../train/pull';

/** Methods that train; LP fits a head alone, and WiSE-FT mixes what others have trained. */
export type TrainedMethod = Exclude<FinetuneMethod, 'LP' | 'WiSE-FT'>;

/** One way to train; with several, ID validation chooses, as it does among learning rates. */
export interface Variant {
  /** Strength of a penalty, where there is a choice. */
  readonly strength?: number;
  /** Names of the parameters that change. By default all. */
  readonly trained?: readonly string[];
  /** What the learning rate is multiplied by, parameter by parameter. */
  readonly rateFactor?: (name: string) => number;
  /** What parameters are pulled back to. */
  readonly pull?: (name: string) => Pull | undefined;
}

/** What sets a method apart from fine-tuning everything alike. */
export interface Plan {
  /** The head that training starts from: a random one, or the linear probe's. */
  readonly start: 'random' | 'probe';
  /** Of equals the first is kept. */
  readonly variants: readonly Variant[];
}

/** What a plan is made from. */
export interface PlanInput {
  readonly settings: FinetuneBlock;
  /** Of the encoder, from input to features. */
  readonly blocks: readonly Block[];
}

export function isHead(name: string): boolean {
  return name.startsWith('head.');
}
