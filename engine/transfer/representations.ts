import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredDataset } from '../data/stored-dataset';
import { type Network, openNetwork } from '../model/network';
import { readParameters } from '../model/read-parameters';
import { type LabelledFeatures, type LinearHead, readFeatures } from '../probe';
import type { StageName } from '../run/format';
import type { StageContext } from '../run/stage';
import { type DomainPair, hasClassifier, type Method, methodsOf, runKey, studyOf } from '../study/methods';
import { hasWeights, type Study } from '../study/schema';

/** A representation of every sample, and the classifier that came with it where labels trained it. */
export interface Representation {
  readonly features: LabelledFeatures;
  /** f, where there is one; else the features. */
  readonly embedding: LabelledFeatures;
  readonly classifier?: LinearHead;
  /** Folder of the stage that trained it; undefined where nothing was trained. */
  readonly trained?: string;
}

/** A method whose transfer is measured: the study's own pretraining, or one beside it. */
export interface Candidate {
  readonly name: string;
  /** Undefined for the study's own. */
  readonly method?: Method;
}

export interface HeadOptions {
  /** Names the head's files: one for each method and pair of domains. */
  readonly key: string;
  readonly label: string;
  readonly dataset: StoredDataset;
  /** The study as the stages behind the representation saw it. */
  readonly study: Study;
  /** Labelled validation samples of the target, which an oracle chooses on. */
  readonly oracle?: Int32Array;
  /** The training samples of source and target: what Σ of feature averaging is over, and what views may be mixed of. */
  readonly unlabelled: Int32Array;
}

/** The study's own representation first, then the methods that it names. */
export function candidatesOf(study: Study, ownName: string): Candidate[] {
  const methods = trainsMethods(study) ? methodsOf(study) : [];
  return [{ name: ownName }, ...methods.map((method) => ({ name: method.name, method }))];
}

/** Given values that are the features leave nothing to train. */
export function trainsMethods({ encoder }: Study): boolean {
  return hasWeights(encoder);
}

/** The study as the stages behind a candidate see it for a pair of domains. */
export function studyBehind(study: Study, { method }: Candidate, pair: DomainPair): Study {
  return method ? studyOf(study, method, pair) : study;
}

/** Names of the stages that a candidate's representation for a pair comes from. */
export function stagesBehind(study: Study, { method }: Candidate, pair: DomainPair): [StageName, StageName] {
  if (!method) return ['pretrain', 'represent'];
  const key = runKey(study, method, pair);
  return [`pretrain-${key}`, `represent-${key}`];
}

export async function readRepresentation(
  { study, inputs }: Pick<StageContext, 'study' | 'inputs'>,
  candidate: Candidate,
  pair: DomainPair,
  dataset: StoredDataset,
): Promise<Representation> {
  const [training, represented] = stagesBehind(study, candidate, pair);
  const folder = inputs[represented]!;
  const trained = inputs[training];
  const embeddingFile = join(folder, 'embedding.npy');
  const features = await readFeatures(join(folder, 'features.npy'), dataset);
  const embedding = existsSync(embeddingFile) ? await readFeatures(embeddingFile, dataset) : features;
  const { method } = candidate;
  if (!method || !hasClassifier(method.method)) return { features, embedding, trained };
  const parameters = await readParameters(join(trained!, 'encoder.safetensors'));
  return {
    ...{ features, embedding, trained },
    classifier: {
      weights: Float64Array.from(parameters['projection.classifier.weight']!.data),
      bias: Float64Array.from(parameters['projection.classifier.bias']!.data),
    },
  };
}

/** The network that a representation is of. */
export function openTrained(
  { inputs }: Pick<StageContext, 'inputs'>,
  { trained }: Representation,
  { study, dataset }: Pick<HeadOptions, 'study' | 'dataset'>,
): Promise<Network> {
  return openNetwork(study, dataset, { ...inputs, ...(trained !== undefined && { pretrain: trained }) });
}
