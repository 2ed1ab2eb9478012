import { canonicalJson } from '../../engine/run/hash';
import type { StageName } from '../../engine/run/format';
import type { DocumentPath, SourceDocument, TextRange } from '../../engine/study/source-text';

/** The blocks of a study that a stage answers. */
export const blockStages = ['data', 'pretrain', 'spectrum', 'probe', 'transfer', 'finetune', 'advantage'] as const;
export type BlockStage = (typeof blockStages)[number] & StageName;

const everywhere = ['seed', 'device', 'precision'];
const samples = ['data.folder', 'data.domains', 'data.image', 'data.classNames', 'data.limit', 'data.split'];
const roles = ['data.source', 'data.target'];
/**
 * Pretraining keeps the networks that the advantage map asks for; it is on the domains that are transferred between,
 * unless it names its own.
 */
const network = [...samples, ...roles, 'encoder', 'pretrain', 'advantage.quality.epochs', 'transfer.domains'];

/** Heads are fitted as the probe fits them, and the representation holds the random network's features if it asks. */
const heads = ['probe.regularization', 'probe.randomNetwork'];

/** The members of a study that a stage's result depends on, inputs included; `data` stands for all of data. */
export const dependencies: Record<BlockStage, readonly string[]> = {
  // The table of samples is the same on every device, whichever domain is source or target.
  data: ['seed', ...samples],
  pretrain: [...everywhere, ...network],
  spectrum: [...everywhere, ...network, 'probe.randomNetwork', 'spectrum'],
  probe: [...everywhere, ...network, 'probe'],
  transfer: [...everywhere, ...network, ...heads, 'transfer'],
  finetune: [...everywhere, ...network, ...heads, 'finetune'],
  advantage: [...everywhere, ...network, ...heads, 'finetune', 'advantage'],
};

/** A block as it stands in the text. */
export interface Block {
  stage: BlockStage;
  /** The key. */
  key: TextRange;
  value: TextRange;
}

/** The blocks that the text has, in the order of the stages. */
export function findBlocks(source: SourceDocument): Block[] {
  return blockStages.flatMap((stage) => {
    const key = source.locate([stage], 'key');
    const value = source.locate([stage], 'value');
    return key && value ? [{ stage, key, value }] : [];
  });
}

/** A member that two studies do not have alike. */
export interface Change {
  /** `pretrain.epochs` */
  path: string;
  before: unknown;
  after: unknown;
}

/** The members on which a stage depends and that differ, leaf by leaf. */
export function changesFor(stage: BlockStage, before: unknown, after: unknown): Change[] {
  return dependencies[stage].flatMap((path) => {
    const steps = path.split('.');
    return compare(path, member(before, steps), member(after, steps));
  });
}

/** True where the text no longer says what the run had for this block alone. */
export function isStale(stage: BlockStage, before: unknown, after: unknown): boolean {
  return changesFor(stage, before, after).length > 0;
}

function compare(path: string, before: unknown, after: unknown): Change[] {
  if (same(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ path, before, after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => compare(`${path}.${key}`, before[key], after[key]));
}

function same(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

export function member(value: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>(
    (holder, step) =>
      typeof holder === 'object' && holder !== null && Object.hasOwn(holder, step)
        ? (holder as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}

/** `epochs 40 → 60`; long values are named only. */
export function describeChange({ path, before, after }: Change): string {
  const show = (value: unknown): string => {
    if (value === undefined) return '–';
    const text = JSON.stringify(value);
    return text.length > 40 ? '…' : text;
  };
  return `${path} ${show(before)} → ${show(after)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
