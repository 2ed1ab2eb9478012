import { pretrainSchema } from './pretrain-schema';
import type { MethodEntry, MethodName, Study } from './schema';

/** One method that transfer is measured for beside the study's own pretraining. */
export interface Method {
  readonly name: string;
  readonly method: MethodName;
  readonly settings: Exclude<MethodEntry, string>;
}

/** A domain to learn labels from and one to measure on; where neither is named, those of the study. */
export interface DomainPair {
  readonly source?: string;
  readonly target?: string;
}

/** A training that a method asks for: one for all pairs of domains, or one for each source or pair. */
export interface MethodRun {
  readonly method: Method;
  /** Ends the names of its stages. */
  readonly key: string;
  /** The study as its stages see it: its pretraining is the method's. */
  readonly study: Study;
}

/** The methods that a study names, with what their short names stand for. */
export function methodsOf({ transfer }: Pick<Study, 'transfer'>): Method[] {
  return (transfer?.methods ?? []).map((entry) => {
    const settings = typeof entry === 'string' ? expand(entry) : entry;
    return { name: settings.name ?? defaultName(settings), method: settings.method, settings };
  });
}

function expand(entry: Extract<MethodEntry, string>): Exclude<MethodEntry, string> {
  if (!entry.endsWith('+extra')) return { method: entry as MethodName };
  return { method: entry.slice(0, -'+extra'.length) as MethodName, domains: 'all' };
}

function defaultName({ method, domains, augmentation }: Exclude<MethodEntry, string>): string {
  return `${method}${domains === undefined ? '' : '+extra'}${augmentation === undefined ? '' : `-${augmentation}`}`;
}

/** The study's own pair first, then every other ordered pair of the domains that it transfers between. */
export function pairsOf({ data, transfer }: Pick<Study, 'data' | 'transfer'>): DomainPair[] {
  const names = transfer?.domains ?? [];
  const others = names.flatMap((source) =>
    names
      .filter((target) => target !== source && !(source === data.source && target === data.target))
      .map((target) => ({ source, target })),
  );
  return [{ source: data.source, target: data.target }, ...others];
}

/** The training behind a method for a pair: labels are of one source, and an adversary knows one target. */
export function runKey(study: Pick<Study, 'data'>, { name, method }: Method, { source, target }: DomainPair): string {
  const ownSource = source === study.data.source;
  if (learnsFromLabels(method) && method !== 'dann' && !ownSource) return `${name}@${fileName(source!)}`;
  if (method === 'dann' && !(ownSource && target === study.data.target))
    return `${name}@${fileName(source!)}-${fileName(target!)}`;
  return name;
}

/** Every training that a study's methods ask for, once. */
export function methodRuns(study: Study): MethodRun[] {
  const runs = new Map<string, MethodRun>();
  for (const method of methodsOf(study))
    for (const pair of pairsOf(study)) {
      const key = runKey(study, method, pair);
      if (!runs.has(key)) runs.set(key, { method, key, study: studyOf(study, method, pair) });
    }
  return [...runs.values()];
}

/** Whether labels of the source train the network itself, not its head alone. */
export function learnsFromLabels(method: MethodName): boolean {
  return hasClassifier(method) || method === 'supervised';
}

/** Whether its own classifier is what is measured, not a head on what it learned. */
export function hasClassifier(method: MethodName): boolean {
  return method === 'source-only' || method === 'dann';
}

/** The study as the stages behind a method see it for a pair of domains. */
export function studyOf(study: Study, { method, settings }: Method, pair: DomainPair): Study {
  const { domains, augmentation, epochs, batchSize, learningRate } = settings;
  const base = study.pretrain ?? pretrainSchema.parse({});
  const labelled = hasClassifier(method) && study.transfer!.sourceOnly;
  const common = {
    ...base,
    ...(labelled && { ...labelled, augmentation: labelled.augmentation ?? study.pretrain?.augmentation ?? 'none' }),
  };
  return {
    ...study,
    data: learnsFromLabels(method) ? { ...study.data, ...pair } : study.data,
    probe: undefined,
    finetune: undefined,
    advantage: undefined,
    pretrain: {
      ...common,
      objective: method === 'source-only' ? 'supervised' : method,
      domains: domains ?? base.domains,
      augmentation: augmentation ?? common.augmentation,
      epochs: epochs ?? common.epochs,
      batchSize: batchSize ?? common.batchSize,
      optimizer: { ...common.optimizer, ...(learningRate !== undefined && { learningRate }) },
    },
  };
}

/** A name as part of a file's name on every system. */
function fileName(name: string): string {
  return encodeURIComponent(name).replace(/[*~!'()]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
}
