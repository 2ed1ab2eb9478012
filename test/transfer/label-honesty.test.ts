import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Dataset, Split } from '../../engine/data/dataset';
import { stream } from '../../engine/data/random';
import type { Results } from '../../engine/run/format';
import { objectiveNames, studySchema, type StudyInput } from '../../engine/study/schema';
import { temporaryFolder } from '../data/temporary';
import { runOn } from './run-dataset';

const home = temporaryFolder();
const [perCell, d, classes] = [24, 6, 3];

/** Three classes in two domains, the second one moved. */
function samples(): Dataset {
  const random = stream(11, 'label honesty');
  const centres = Array.from({ length: classes * d }, () => 2 * random.normal());
  const n = 2 * classes * perCell;
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
  const domains = Int32Array.from({ length: n }, (_, i) => (i < n / 2 ? 0 : 1));
  return {
    sampleShape: [d],
    values: Float32Array.from({ length: n * d }, (_, at) => {
      const row = Math.floor(at / d);
      return centres[labels[row]! * d + (at % d)]! + 0.7 * domains[row]! + 0.8 * random.normal();
    }),
    labels,
    domains,
    splits: Uint8Array.from(
      { length: n },
      (_, i) => [Split.train, Split.train, Split.validation, Split.test][Math.floor(i / classes) % 4]!,
    ),
    classNames: ['one', 'two', 'three'],
    domainNames: ['here', 'there'],
    names: Array.from({ length: n }, (_, i) => `row ${i}`),
  };
}

/** The same with the labels of the target's samples in another order. */
function permuted(dataset: Dataset): Dataset {
  const target = [...dataset.labels.keys()].filter((row) => dataset.domains[row] === 1);
  const shuffled = stream(5, 'permutation').shuffle(target.slice());
  const labels = dataset.labels.slice();
  target.forEach((row, i) => (labels[row] = dataset.labels[shuffled[i]!]!));
  return { ...dataset, labels };
}

const study = studySchema.parse({
  name: 'Label honesty',
  seed: 2,
  data: { folder: 'unused', source: 'here', target: 'there' },
  encoder: { architecture: 'mlp', width: 2, features: 8 },
  pretrain: {
    ...{ epochs: 3, batchSize: 16, augmentation: 'vector-mix', projection: { hidden: 8, output: 4 } },
    ...{ swav: { prototypes: 6 }, barlowTwins: { width: 8 }, vicreg: { width: 8 }, dann: { discriminator: 8 } },
    monitor: { evaluations: 2, neighbours: 5 },
  },
  probe: { regularization: { count: 4 } },
  transfer: {
    methods: ['source-only', ...objectiveNames.filter((name) => name !== 'spectral')],
    domains: ['here', 'there'],
    heads: ['linear', 'voting', 'averaging', 'finetune'],
    voting: { trainingViews: 2, votes: 4 },
    sourceOnly: { epochs: 3, batchSize: 16 },
    finetune: { epochs: 2, batchSize: 16 },
    connectivity: { bootstrap: 20 },
  },
} satisfies StudyInput);

function run(name: string, dataset: Dataset, asked = study): Promise<{ stages: string; results: Results }> {
  return runOn(join(home, name), dataset, asked);
}

/** Every file below that a model was written to, and what the models of source → target predict. */
function models(stages: string): Map<string, Buffer> {
  const names = readdirSync(stages, { recursive: true }).map(String).sort();
  const wanted = names.filter((name) => /\.safetensors$|predictions-[^@/]*\.npy$|features\.npy$/.test(name));
  // Training from the target's labels is honest where the target is the source of the other direction.
  const own = wanted.filter((name) => !name.includes('@'));
  return new Map(own.map((name) => [name, readFileSync(join(stages, name))]));
}

describe('labels of the target', () => {
  let honest: Awaited<ReturnType<typeof run>>;
  let other: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    const dataset = samples();
    honest = await run('as they are', dataset);
    other = await run('permuted', permuted(dataset));
  }, 120_000);

  it('change no weight, no feature and no prediction of any method', () => {
    const [first, second] = [models(honest.stages), models(other.stages)];
    expect([...first.keys()]).toEqual([...second.keys()]);
    expect([...first.keys()].filter((name) => name.endsWith('encoder.safetensors'))).toHaveLength(10);
    expect([...first.keys()].filter((name) => name.includes('predictions-')).length).toBeGreaterThan(20);
    for (const [name, bytes] of first) expect(bytes.equals(second.get(name)!), name).toBe(true);
  });

  it('are what target accuracy is measured with', () => {
    const accuracies = ({ results }: typeof honest, shift: string): number[] =>
      results.figures
        .filter((figure) => figure.id === 'transfer.accuracy' && figure.shift === shift && !figure.source)
        .map(({ value }) => value);
    expect(accuracies(honest, 'ID')).toEqual(accuracies(other, 'ID'));
    expect(accuracies(honest, 'OOD')).not.toEqual(accuracies(other, 'OOD'));
  });

  it('give every method its rows', () => {
    const methodsWith = (id: string): string[] => [
      ...new Set(honest.results.figures.filter((figure) => figure.id === id).map(({ method }) => method!)),
    ];
    const pretrained = objectiveNames.filter((name) => name !== 'dann');
    expect(methodsWith('transfer.accuracy').sort()).toEqual(
      [
        ...['source-only', 'dann'].flatMap((name) => [name, `${name}, voting`]),
        ...pretrained.flatMap((name) => [name, `${name}, voting`, `${name}, averaging`, `${name}, fine-tuned`]),
      ].sort(),
    );
    for (const id of ['transfer.domain-error', 'transfer.class-distance'])
      expect(methodsWith(id).sort(), id).toEqual(['source-only', ...objectiveNames].sort());
    const details = honest.results.details.transfer as { matrix: { source: string; target: string }[] };
    expect(new Set(details.matrix.map(({ source, target }) => `${source} → ${target}`))).toEqual(
      new Set(['here → there', 'there → here']),
    );
  });

  it('are looked at by an oracle, in figures of its own', async () => {
    const told = await run('oracle', samples(), {
      ...study,
      transfer: { ...study.transfer!, oracle: true, methods: [], domains: undefined, heads: ['linear'] },
    });
    const oracle = told.results.figures.filter(({ id }) => id === 'transfer.oracle-accuracy');
    expect(oracle.map(({ method, shift, domain }) => [method, shift, domain])).toEqual([['spectral', 'OOD', 'there']]);
    expect(oracle[0]!.label).toContain('oracle');
    expect(told.results.figures.filter(({ id }) => id === 'transfer.accuracy')).toHaveLength(2);
  });
});
