import { describe, expect, test } from 'vitest';
import { stages, stagesOf } from '../../engine/stages/index';
import { studySchema, type Study } from '../../engine/study/schema';
import { parseJsonSource } from '../../engine/study/source-text';
import {
  blockStages,
  changesFor,
  dependencies,
  describeChange,
  findBlocks,
  isStale,
} from '../../extension/study/blocks';

const study = studySchema.parse({
  name: 'S',
  data: { folder: 'images', source: 'a', target: 'b' },
  pretrain: {},
  spectrum: {},
  probe: {},
  transfer: {},
  finetune: {},
});

/** Changes one leaf of a study to another value of its kind. */
function changed(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'boolean') return !value;
  return Array.isArray(value) ? [...value, 'x'] : 'x';
}

function leaves(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function withChange(path: string[]): Study {
  const copy = structuredClone(study) as unknown as Record<string, unknown>;
  let holder = copy;
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string, unknown>;
  const last = path.at(-1)!;
  holder[last] = changed(holder[last]);
  return copy as unknown as Study;
}

/** The parts of all stages behind one, itself included: what its key is made of. */
function keyOf(name: string, of: Study): string {
  const stage = stagesOf(of).find((one) => one.name === name)!;
  return JSON.stringify([stage.part(of), ...stage.inputs(of).map((input) => keyOf(input, of))]);
}

describe('what a block depends on', () => {
  test.each(blockStages.filter((name) => stages.some((stage) => stage.name === name)))(
    '%s is stale wherever the engine would compute it anew',
    (name) => {
      for (const path of leaves(study)) {
        const other = withChange(path);
        if (keyOf(name, other) === keyOf(name, study)) continue;
        expect(isStale(name, study, other), `${name} reads ${path.join('.')}`).toBe(true);
      }
    },
  );

  test('a name or another block changes nothing', () => {
    expect(isStale('probe', study, { ...study, name: 'Other' })).toBe(false);
    expect(isStale('probe', study, withChange(['transfer', 'sourceOnly', 'epochs']))).toBe(false);
    expect(isStale('pretrain', study, withChange(['probe', 'regularization', 'count']))).toBe(false);
    expect(Object.keys(dependencies).sort()).toEqual([...blockStages].sort());
  });

  test('changes are said leaf by leaf', () => {
    const other = withChange(['pretrain', 'epochs']);
    expect(changesFor('spectrum', study, other).map(describeChange)).toEqual(['pretrain.epochs 10 → 11']);
    const removed = { ...study, pretrain: undefined };
    expect(changesFor('probe', study, removed).map(({ path }) => path)).toEqual(['pretrain']);
  });

  test('blocks are found where they are written', () => {
    const text = '{\n  "data": { "folder": "x" },\n  "probe": {}\n}';
    const blocks = findBlocks(parseJsonSource(text));
    expect(blocks.map(({ stage, key }) => [stage, text.slice(key.offset, key.offset + key.length)])).toEqual([
      ['data', '"data"'],
      ['probe', '"probe"'],
    ]);
  });
});
