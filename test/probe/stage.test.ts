import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../engine/compute/device';
import { Split, type Dataset } from '../../engine/data/dataset';
import { readNpy, writeNpy } from '../../engine/data/npy';
import { stream } from '../../engine/data/random';
import { readSafetensors } from '../../engine/data/safetensors';
import { writeDataset } from '../../engine/data/stored-dataset';
import { UserError } from '../../engine/errors';
import { probeStage } from '../../engine/probe/stage';
import { studySchema, type StudyInput } from '../../engine/study/schema';
import { temporaryFolder } from '../data/temporary';

const folder = temporaryFolder();
const device: Device = { name: 'none', detail: 'nothing is computed here', compile: () => Promise.reject() };
const [perCell, d] = [40, 3];

/** Two domains, three classes: the class is a clear feature in `here` and weaker, with one class turned, in `there`. */
function samples() {
  const random = stream(1, 'probe-stage');
  const rows = Array.from({ length: 6 * perCell }, (_, i) => ({
    domain: i < 3 * perCell ? 0 : 1,
    label: i % 3,
    split: [Split.train, Split.train, Split.validation, Split.test][Math.floor(i / 3) % 4]!,
  }));
  const features = Float32Array.from({ length: rows.length * d }, (_, at) => {
    const { domain, label } = rows[Math.floor(at / d)]!;
    const shown = domain === 1 && label === 2 ? 0 : label;
    return (at % d === shown ? 4 : 0) + 0.3 * random.normal();
  });
  const dataset: Dataset = {
    sampleShape: [d],
    values: features,
    labels: Int32Array.from(rows, ({ label }) => label),
    domains: Int32Array.from(rows, ({ domain }) => domain),
    splits: Uint8Array.from(rows, ({ split }) => split),
    classNames: ['one', 'two', 'three'],
    domainNames: ['here', 'there'],
    names: rows.map((_, i) => `row ${i}`),
  };
  return { features, dataset, noise: features.map(() => random.normal()) };
}

let count = 0;
async function run(
  change: {
    dataset?: Partial<Dataset>;
    study?: Partial<StudyInput>;
    features?: Float32Array;
    embedding?: Float32Array;
  } = {},
) {
  const { features, dataset, noise } = samples();
  const place = (name: string) => {
    const path = join(folder, `${count}-${name}`);
    mkdirSync(path);
    return path;
  };
  count++;
  const inputs = { data: place('data'), represent: place('represent') };
  const output = place('probe');
  const n = dataset.labels.length;
  await writeDataset(inputs.data, { ...dataset, ...change.dataset });
  await writeNpy(join(inputs.represent, 'features.npy'), { shape: [n, d], data: change.features ?? features });
  await writeNpy(join(inputs.represent, 'random-features.npy'), { shape: [n, d], data: noise });
  if (change.embedding)
    await writeNpy(join(inputs.represent, 'embedding.npy'), { shape: [n, 1], data: change.embedding });
  const messages: string[] = [];
  const progress: [number, number][] = [];
  const result = await probeStage.run({
    study: studySchema.parse({
      name: 'x',
      data: { folder: 'images' },
      pretrain: {},
      probe: { regularization: { count: 8 } },
      ...change.study,
    }),
    resolvePath: (path) => path,
    folder: output,
    inputs,
    report: {
      progress: (done, total) => progress.push([done, total]),
      metric: () => undefined,
      log: (level, message) => messages.push(`${level}: ${message}`),
    },
    signal: new AbortController().signal,
    device,
  });
  return { ...result, output, messages, progress, n };
}

describe('the probe stage', () => {
  let result: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    result = await run();
  });

  it('measures trained and random features in and out of distribution', () => {
    expect(
      result.figures.map(({ id, method, domain, shift, samples, unit }) => [id, method, domain, shift, samples, unit]),
    ).toEqual([
      ['probe.accuracy', 'spectral', 'here', 'ID', 30, 'fraction'],
      ['probe.accuracy', 'spectral', 'there', 'OOD', 30, 'fraction'],
      ['probe.accuracy', 'random-network', 'here', 'ID', 30, 'fraction'],
      ['probe.accuracy', 'random-network', 'there', 'OOD', 30, 'fraction'],
    ]);
    const [here, there, ...floor] = result.figures.map(({ value }) => value);
    expect(here).toBe(1);
    // The third class looks like the first there.
    expect(there).toBeCloseTo(2 / 3, 12);
    expect(Math.max(...floor)).toBeLessThan(0.7);
    expect(result.progress.at(-1)).toEqual([16, 16]);
    expect(result.progress.every(([done], i, all) => i === 0 || done >= all[i - 1]![0])).toBe(true);
  });

  it('writes a head in the convention of torch.nn.Linear and every prediction', async () => {
    const { features, dataset } = samples();
    const { tensors } = await readSafetensors(join(result.output, 'head.safetensors'));
    const [weight, bias] = [tensors.get('weight')!, tensors.get('bias')!];
    expect([weight.shape, bias.shape]).toEqual([[3, d], [3]]);
    const { shape, data } = await readNpy(join(result.output, 'predictions.npy'));
    expect(shape).toEqual([result.n]);
    for (let i = 0; i < result.n; i++) {
      const scores = [0, 1, 2].map((k) => {
        let sum = bias.data[k]!;
        for (let j = 0; j < d; j++) sum += weight.data[k * d + j]! * features[i * d + j]!;
        return sum;
      });
      expect(data[i]).toBe(scores.indexOf(Math.max(...scores)));
    }
    const tests = [...dataset.labels.keys()].filter(
      (i) => dataset.domains[i] === 1 && dataset.splits[i] === Split.test,
    );
    const right = tests.filter((i) => data[i] === dataset.labels[i]).length;
    expect(result.figures[1]!.value).toBe(right / tests.length);
  });

  it('keeps the path, the choice and the confusions', () => {
    const { spectral } = result.details.methods as Record<string, Record<string, unknown>>;
    const path = spectral!.path as { C: number; validationAccuracy: number }[];
    expect(path.map(({ C }) => Math.log10(C))).toHaveLength(8);
    const best = Math.max(...path.map(({ validationAccuracy }) => validationAccuracy));
    expect(spectral!.C).toBe(path.find(({ validationAccuracy }) => validationAccuracy === best)!.C);
    expect(spectral!.confusion).toEqual({
      ID: [
        [10, 0, 0],
        [0, 10, 0],
        [0, 0, 10],
      ],
      OOD: [
        [10, 0, 0],
        [0, 10, 0],
        [10, 0, 0],
      ],
    });
    expect(spectral!.classAccuracy).toEqual({ ID: [1, 1, 1], OOD: [1, 1, 0] });
  });

  it('never looks at target labels to fit', async () => {
    const { dataset } = samples();
    const labels = dataset.labels.map((label, i) => (dataset.domains[i] === 1 ? (label + 1) % 3 : label));
    const other = await run({ dataset: { labels } });
    expect(other.details).toMatchObject({
      methods: { spectral: { C: (result.details.methods as { spectral: { C: number } }).spectral.C } },
    });
    const heads = await Promise.all(
      [result, other].map(({ output }) => readSafetensors(join(output, 'head.safetensors'))),
    );
    expect(heads[1]).toEqual(heads[0]);
  });

  it('is fitted after the projection head where the study says so', async () => {
    const { dataset } = samples();
    // One number that tells the classes apart; the features do not.
    const embedding = Float32Array.from(dataset.labels, (label) => [-5, 0, 5][label]!);
    const study = { probe: { space: 'embedding', regularization: { count: 8 }, randomNetwork: false } } as const;
    const { figures, messages } = await run({
      study,
      embedding,
      features: new Float32Array(dataset.labels.length * d),
    });
    expect(figures.map(({ value }) => value)).toEqual([1, 1]);
    expect(messages.filter((message) => message.includes('embedding'))).toEqual([]);
    expect((await run({ study })).messages.join()).toContain('no projection head');
  });

  it('can leave out the random network, and calls features without pretraining those of the encoder', async () => {
    const regularization = { count: 2 };
    const methods = async (study: Partial<StudyInput>) => [
      ...new Set((await run({ study })).figures.map(({ method }) => method)),
    ];
    expect(await methods({ probe: { randomNetwork: false, regularization } })).toEqual(['spectral']);
    expect(await methods({ pretrain: undefined, probe: { regularization } })).toEqual(['encoder']);
  });
});

describe('what is missing', () => {
  const without = (domain: number, split: number) => {
    const { dataset } = samples();
    return {
      splits: dataset.splits.map((value, i) =>
        dataset.domains[i] === domain && value === split ? Split.train : value,
      ),
    };
  };

  it('is named where the regularisation cannot be chosen', async () => {
    const failure = run({ dataset: without(0, Split.validation) });
    await expect(failure).rejects.toThrow(UserError);
    await expect(failure).rejects.toThrow('The domain "here" has no labelled validation sample');
  });

  it('is left out of the figures with a warning where nothing can be measured', async () => {
    const { figures, messages } = await run({ dataset: without(0, Split.test) });
    expect(figures.map(({ shift }) => shift)).toEqual(['OOD', 'OOD']);
    expect(messages).toContain('warning: The domain "here" has no labelled test sample; accuracy on it is left out.');
  });
});
