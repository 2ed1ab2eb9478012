import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../engine/data/npy';
import { stream } from '../../engine/data/random';
import { writeDataset } from '../../engine/data/stored-dataset';
import { writeJson } from '../../engine/run/atomic';
import { formatVersion, type Figure } from '../../engine/run/format';
import { render } from './browser';
import { buildReport } from './build';
import { record } from './run-directory';

let writeReport: (directory: string) => Promise<string>;
const remove: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const built = await buildReport();
  ({ writeReport } = built);
  remove.push(built.remove);
});
afterAll(async () => {
  await Promise.all(remove.map((call) => call()));
});

interface Unusual {
  n: number;
  classes: string[];
  domains: string[];
  /** Class of each sample. */
  label: (i: number) => number;
  /** Entry of the eigenvectors. */
  value?: (i: number, j: number) => number;
  eigenvectors?: number;
  without?: string[];
  /** Of the stage spectrum. */
  details?: Record<string, unknown>;
  /** Of other stages. */
  others?: Partial<Record<'transfer' | 'finetune', Record<string, unknown>>>;
  figures?: Figure[];
}

/** A run with data, spectrum and transfer stages like no usual one. */
async function run(options: Unusual): Promise<string> {
  const { n, classes, domains, label, eigenvectors = 4, without = [] } = options;
  const directory = await mkdtemp(join(tmpdir(), 'eigenprobe-unusual-'));
  remove.push(() => rm(directory, { recursive: true, force: true }));
  const random = stream(1, 'unusual');
  const value = options.value ?? (() => random.normal());
  const labels = Int32Array.from({ length: n }, (_, i) => label(i));
  const stages = join(directory, 'stages');
  for (const stage of ['data', 'spectrum', 'transfer']) await mkdir(join(stages, stage), { recursive: true });
  await writeDataset(join(stages, 'data'), {
    ...{ sampleShape: [3], classNames: classes, domainNames: domains, labels },
    values: Float32Array.from({ length: 3 * n }, () => random.normal()),
    domains: Int32Array.from({ length: n }, (_, i) => i % domains.length),
    splits: Uint8Array.from({ length: n }, (_, i) => (i % 2 ? 2 : 0)),
    names: Array.from({ length: n }, (_, i) => `sample ${i}`),
  });
  const write = async (
    name: string,
    shape: number[],
    data: Float32Array | Float64Array | Int32Array,
  ): Promise<void> => {
    if (!without.includes(name)) await writeNpy(join(stages, `${name}.npy`), { shape, data });
  };
  await write(
    'spectrum/eigenvalues',
    [eigenvectors],
    Float64Array.from({ length: eigenvectors }, (_, i) => 1 / (i + 1)),
  );
  await write(
    'spectrum/eigenvectors',
    [n, eigenvectors],
    Float32Array.from({ length: n * eigenvectors }, (_, i) => value(Math.floor(i / eigenvectors), i % eigenvectors)),
  );
  await write(
    'spectrum/clusters',
    [n],
    Int32Array.from(labels, (one, i) => (one < 0 ? i % 2 : one % 5)),
  );
  await write(
    'transfer/predictions-spectral',
    [n],
    Int32Array.from(labels, (one) => Math.max(0, one - 1)),
  );
  await writeJson(join(directory, 'run.json'), record);
  await writeJson(join(directory, 'study.json'), { name: 'Unusual', data: {} });
  await writeJson(join(directory, 'results.json'), {
    ...{ version: formatVersion, run: record.id, study: 'Unusual', figures: options.figures ?? [] },
    details: { spectrum: { clusters: 2, ...options.details }, ...options.others },
  });
  await writeFile(join(directory, 'events.jsonl'), '');
  return directory;
}

/** Accuracies of two methods in two domains, as a stage has them. */
function accuracies(stage: 'transfer' | 'finetune', domains: string[], value = 0.5): Figure[] {
  const methods = stage === 'transfer' ? ['source-only', 'spectral'] : ['FT', 'LP-FT'];
  return methods.flatMap((method) =>
    domains.map((domain, i): Figure => ({
      ...{ stage, id: `${stage}.accuracy`, label: 'Accuracy', unit: 'fraction', value, samples: 40 },
      ...{ method, domain, shift: i === 0 ? 'ID' : 'OOD' },
    })),
  );
}

/** What both stages say of each class. */
function perClass(classNames: string[], methods: string[], value: (label: number, method: number) => number | null) {
  const of = (method: number): (number | null)[] => classNames.map((_, label) => value(label, method));
  return {
    classNames,
    methods: Object.fromEntries(
      methods.map((name, method) => [name, { classAccuracy: { ID: of(method), OOD: of(method) } }]),
    ),
  };
}

async function shown(options: Unusual): Promise<string> {
  const script = `setTimeout(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    document.body.dataset.overflow = String(Math.max(0, scrollWidth - clientWidth));
  }, 1000);`;
  const file = await writeReport(await run(options));
  const { dom, console } = await render(file, { script });
  expect(console).toEqual([]);
  // What the reader sees, without the page's own code.
  return dom.replace(/<script.*?<\/script>/gs, '');
}

describe('a report of', () => {
  it('two samples', async () => {
    const dom = await shown({ n: 2, classes: ['a', 'b'], domains: ['s', 't'], label: (i) => i, eigenvectors: 1 });
    expect(dom).toContain('2 of 2 samples');
    expect(dom).not.toContain('class="notice error"');
  });

  it('one class and one domain', async () => {
    const dom = await shown({ n: 40, classes: ['only'], domains: ['here'], label: () => 0 });
    expect(dom).toContain('40 of 40 samples');
    expect(dom).not.toContain('class="notice error"');
  });

  it('samples without labels', async () => {
    const dom = await shown({ n: 40, classes: [], domains: ['here'], label: () => -1 });
    expect(dom).toContain('No sample has a label');
  });

  it('values that are no numbers', async () => {
    const dom = await shown({
      ...{ n: 60, classes: ['a', 'b'], domains: ['s', 't'], label: (i) => i % 2 },
      value: (i, j) => (i < 6 ? NaN : i === 6 ? Infinity : Math.sin(i * (j + 1))),
      details: {
        probeBound: {
          disagreement: 0.4,
          gap: 0,
          bound: null,
          error: 0.1,
          k: 2,
          each: [
            { k: 1, gap: 0, residual: 1, bound: null },
            { k: 2, gap: null, residual: 0.5, bound: null },
          ],
        },
        connectivity: { alpha: { value: null, low: null, high: null }, verdict: 'undetermined' },
      },
    });
    expect(dom).toContain('7 have no place, since a value of theirs is no number');
    expect(dom).toContain('says nothing');
  });

  it('500 classes with names of any script and length', async () => {
    const classes = Array.from({ length: 500 }, (_, i) =>
      i % 4 === 0
        ? `класс ${i}`
        : i % 4 === 1
          ? `種類${i}`
          : i % 4 === 2
            ? `صنف ${i}`
            : `a class with a name that goes on and on and on, far beyond any column ${i}`,
    );
    const dom = await shown({
      n: 1500,
      classes,
      domains: ['素描', 'صورة'],
      label: (i) => i % 500,
      details: { clusters: 8 },
      others: {
        transfer: perClass(classes, ['source-only', 'spectral'], (label, method) => ((label + 1) % 7) / (7 + method)),
        finetune: perClass(classes, ['FT', 'LP-FT'], (label, method) => ((label * 3) % 11) / (11 + method)),
      },
      figures: [...accuracies('transfer', ['素描', 'صورة']), ...accuracies('finetune', ['素描', 'صورة'])],
    });
    expect(dom).toContain('The 40 of 500 classes whose accuracy differs most between methods; the table has all.');
    expect(dom).toContain('800 of 1500 samples, stratified by domain and class');
    expect(dom).toContain('of 500 classes; all are in the CSV');
    expect(dom).toContain('صنف');
  });

  it('accuracies and distances that are no numbers', async () => {
    const classes = ['a', 'b', 'c'];
    const dom = await shown({
      ...{ n: 60, classes, domains: ['s', 't'], label: (i) => i % 3 },
      others: {
        transfer: {
          ...perClass(classes, ['source-only', 'spectral'], (label) => (label === 1 ? null : 0.5)),
          matrix: [
            { method: 'spectral', source: 's', target: 't', targetAccuracy: null },
            { method: 'spectral', source: 't', target: 's', targetAccuracy: 0.25 },
            { method: null },
          ],
        },
        finetune: {
          ...perClass(classes, ['FT', 'LP-FT'], () => null),
          distortion: { layers: ['a'], methods: { FT: {} } },
        },
      },
      figures: [
        ...accuracies('transfer', ['s', 't'], NaN),
        ...accuracies('finetune', ['s', 't'], NaN),
        { ...accuracies('finetune', ['t'])[0]!, id: 'finetune.distortion', unit: 'distance', value: Infinity },
      ],
    });
    expect(dom).toContain('25.0 %');
    expect(dom).not.toContain('NaN');
    expect(dom).not.toContain('class="notice error"');
  });

  it('names longer than any column', async () => {
    const long = (text: string): string => `${text} ${'that goes on '.repeat(20)}to its end`;
    const domains = [long('a domain'), long('another domain')];
    const classes = [long('a class'), long('another class')];
    const dom = await shown({
      ...{ n: 60, classes, domains, label: (i) => i % 2 },
      others: {
        transfer: {
          ...perClass(classes, ['source-only', 'spectral'], () => 0.5),
          matrix: domains.flatMap((source) =>
            domains.map((target) => ({ method: 'spectral', source, target, targetAccuracy: 0.5 })),
          ),
        },
      },
      figures: accuracies('transfer', domains),
    });
    // Nothing makes the page wider than its window.
    expect(dom).toContain('data-overflow="0"');
  });

  it('names that look like markup', async () => {
    const name = '<img src=x onerror="document.title=1">';
    const dom = await shown({ n: 30, classes: [name, '"&\''], domains: [name], label: (i) => i % 2 });
    expect(dom).not.toContain('<img src=x');
    expect(dom).toContain('&lt;img src=x');
  });

  it('a run whose eigenvectors are missing', async () => {
    const dom = await shown({
      ...{ n: 30, classes: ['a', 'b'], domains: ['s'], label: (i) => i % 2 },
      without: ['spectrum/eigenvectors'],
    });
    expect(dom).toContain('Clusters and classes');
    expect(dom).not.toContain('class="notice error"');
  });

  it('a run whose eigenvectors are of other samples', async () => {
    const directory = await run({ n: 30, classes: ['a', 'b'], domains: ['s'], label: (i) => i % 2 });
    await writeNpy(join(directory, 'stages/spectrum/eigenvectors.npy'), {
      shape: [29, 4],
      data: new Float32Array(116),
    });
    const { dom, console } = await render(await writeReport(directory));
    expect(console).toEqual([]);
    expect(dom).toContain('There are eigenvectors of 29 samples');
  });
});
