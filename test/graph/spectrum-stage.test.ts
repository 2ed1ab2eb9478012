import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../engine/compute/device';
import { Split, type Dataset } from '../../engine/data/dataset';
import { readNpy, writeNpy } from '../../engine/data/npy';
import { stream } from '../../engine/data/random';
import { writeDataset } from '../../engine/data/stored-dataset';
import { spectrumStage } from '../../engine/graph/spectrum-stage';
import { studySchema, type StudyInput } from '../../engine/study/schema';
import { temporaryFolder } from '../data/temporary';

const folder = temporaryFolder();
const device: Device = { name: 'none', detail: 'nothing is computed here', compile: () => Promise.reject() };
const [each, d] = [30, 6];

/** Two classes in two domains; features hold the class strongly and the domain less. */
function samples(): Dataset {
  const random = stream(2, 'spectrum stage');
  const n = 4 * each;
  const labels = Int32Array.from({ length: n }, (_, x) => x % 2);
  const domains = Int32Array.from({ length: n }, (_, x) => (x < n / 2 ? 0 : 1));
  const values = Float32Array.from({ length: n * d }, (_, at) => {
    const x = Math.floor(at / d);
    const mean = [3 * labels[x]!, 1.5 * domains[x]!][at % d] ?? 0;
    return mean + 0.6 * random.normal();
  });
  return {
    sampleShape: [d],
    values,
    labels,
    domains,
    splits: new Uint8Array(n).fill(Split.train),
    classNames: ['cup', 'car'],
    domainNames: ['photo', 'sketch'],
    names: Array.from({ length: n }, (_, x) => `row ${x}`),
  };
}

const labels = () => samples().labels;

let count = 0;
async function run(spectrum: StudyInput['spectrum'], change: Partial<Dataset> = {}) {
  const place = (name: string) => {
    const path = join(folder, `${count}-${name}`);
    mkdirSync(path);
    return path;
  };
  count++;
  const dataset = { ...samples(), ...change };
  const inputs = { data: place('data'), represent: place('represent') };
  const output = place('spectrum');
  await writeDataset(inputs.data, dataset);
  if (dataset.values instanceof Float32Array)
    await writeNpy(join(inputs.represent, 'features.npy'), { shape: [dataset.labels.length, d], data: dataset.values });
  const messages: string[] = [];
  const study = studySchema.parse({
    name: 'x',
    data: { folder: 'images' },
    encoder: { architecture: 'identity' },
    spectrum,
  });
  const result = await spectrumStage.run({
    study,
    resolvePath: (path) => join(folder, path),
    folder: output,
    inputs,
    report: {
      progress: () => undefined,
      metric: () => undefined,
      log: (level, message) => level === 'warning' && messages.push(message),
    },
    signal: new AbortController().signal,
    device,
  });
  const figure = (id: string, method?: string) =>
    result.figures.find((f) => f.id === `spectrum.${id}` && f.domain === undefined && f.method === method)?.value;
  return { ...result, output, messages, figure, dataset };
}

interface Connectivity {
  verdict: string;
  cells: string[];
  matrix: number[][];
  alpha: { value: number; low: number; high: number };
}

describe('the spectrum stage', () => {
  it('takes the operator of the features by default and answers with bound and connectivity', async () => {
    const { figure, details, messages } = await run({ space: 'features', eigenvectors: 5 });
    expect(figure('accuracy')).toBeGreaterThan(0.8);
    // These features stand for no graph: their largest eigenvalue is far from 1.
    expect((details['probeBound'] as { reason: string }).reason).toContain('far from the 1');
    expect(figure('probe-bound')).toBeUndefined();
    expect(figure('connectivity-alpha', 'weights')).toBeDefined();
    expect((details['connectivity'] as Connectivity).cells).toHaveLength(4);
    expect(messages).toEqual([]);
    const n = labels().length;
    // f = √(class part, constant part) of two blocks with eigenvalues 1 and .8: Φ = (1 − .8)/2, and k = 2 holds all.
    const values = Float32Array.from({ length: n * d }, (_, at) => {
      const sign = labels()[Math.floor(at / d)] === 1 ? 1 : -1;
      return [1, sign * Math.sqrt(0.8)][at % d] ?? 0;
    });
    const blocks = await run({ space: 'features', eigenvectors: 5 }, { values });
    expect(blocks.figure('disagreement')).toBeCloseTo(0.1, 5);
    expect(blocks.figure('probe-bound')).toBeCloseTo(0.2, 5);
    expect(blocks.figure('probe-error')).toBe(0);
    expect(JSON.parse(JSON.stringify(details))).toEqual(details);
  });

  it('takes a neighbour graph: components, bound, connectivity, arrays that belong together', async () => {
    const { figure, details, output, dataset } = await run({
      eigenvectors: 6,
      graph: { kind: 'neighbours', space: 'features', neighbours: 8 },
    });
    const n = dataset.labels.length;
    const [vectors, starts, columns, values] = await Promise.all(
      ['eigenvectors', 'graph-starts', 'graph-columns', 'graph-values'].map((name) =>
        readNpy(join(output, `${name}.npy`)),
      ),
    );
    expect(vectors!.shape).toEqual([n, 7]);
    expect(starts!.shape).toEqual([n + 1]);
    expect(columns!.data.length).toBe(values!.data.length);
    // Ā v = λ v, entry by entry, from the arrays alone.
    const eigenvalues = (await readNpy(join(output, 'eigenvalues.npy'))).data;
    const degree = Array.from({ length: n }, (_, i) =>
      Float64Array.from(values!.data.subarray(starts!.data[i], starts!.data[i + 1])).reduce((a, b) => a + b, 0),
    );
    for (let c = 0; c < 6; c++) {
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let e = starts!.data[i]!; e < starts!.data[i + 1]!; e++) {
          const j = columns!.data[e]!;
          sum += (values!.data[e]! * vectors!.data[j * 7 + c]!) / Math.sqrt(degree[i]! * degree[j]!);
        }
        expect(sum).toBeCloseTo(eigenvalues[c]! * vectors!.data[i * 7 + c]!, 4);
      }
    }
    expect(figure('accuracy')).toBeGreaterThan(0.95);
    expect(figure('probe-error')).toBeLessThanOrEqual(figure('probe-bound')!);
    const connectivity = details['connectivity'] as Connectivity;
    expect(connectivity.verdict).toBe('transfers');
    expect(connectivity.alpha.low).toBeLessThanOrEqual(connectivity.alpha.value);
    expect(connectivity.alpha.high).toBeGreaterThanOrEqual(connectivity.alpha.value);
    const ends = (details['eigenvectors'] as { ends: { low: number[]; high: number[] } }[])[1]!.ends;
    // The second eigenvector tells the classes apart: its ends are of one class each.
    for (const side of [ends.low, ends.high]) expect(new Set(side.map((x) => dataset.labels[x])).size).toBe(1);
  });

  it("takes a user's edges, and says what isolated nodes and components mean", async () => {
    const n = 4 * each;
    // A ring through each class; node 7 is left out.
    const lines = Array.from({ length: n }, (_, x) => [x, (x + 2) % n]).filter((edge) => !edge.includes(7));
    writeFileSync(join(folder, 'edges.csv'), `from,to,weight\n${lines.map(([a, b]) => `${a},${b},2`).join('\n')}\n`);
    const { figure, messages, details } = await run({ graph: { kind: 'edges', format: 'csv', path: 'edges.csv' } });
    expect(figure('graph-components')).toBe(3);
    expect(figure('graph-isolated')).toBe(1);
    expect(figure('largest-eigenvalue')).toBe(1);
    expect(messages.join(' ')).toContain('1 nodes have no edge');
    expect(messages.join(' ')).toContain('2 components');
    // No edge joins the classes: Φ is 0, and the bound with it.
    expect(figure('disagreement')).toBe(0);
    expect(figure('probe-bound')).toBe(0);
    expect((details['connectivity'] as Connectivity).matrix[0]![1]).toBe(0);
    writeFileSync(join(folder, 'bad.csv'), 'from,to,weight\n0,1,-2\n');
    await expect(run({ graph: { kind: 'edges', format: 'csv', path: 'bad.csv' } })).rejects.toThrow('not negative');
  });

  it('takes views in the given space, one row of vectors a sample', async () => {
    const { output, dataset, figure } = await run({
      eigenvectors: 4,
      graph: { kind: 'views', views: 3, augmentation: 'vector', space: 'pixels', neighbours: 6 },
    });
    const n = dataset.labels.length;
    expect((await readNpy(join(output, 'eigenvectors.npy'))).shape).toEqual([n, 5]);
    expect((await readNpy(join(output, 'node-eigenvectors.npy'))).shape).toEqual([3 * n, 5]);
    expect((await readNpy(join(output, 'node-samples.npy'))).data[3 * n - 1]).toBe(n - 1);
    expect(figure('accuracy')).toBeGreaterThan(0.9);
  });

  it('takes the exact graph of shifted images', async () => {
    const n = 8;
    const values = new Uint8Array(n * 16);
    // One bright pixel, at four places for each class.
    for (let x = 0; x < n; x++) values[x * 16 + (x % 2 === 0 ? 0 : 8) + (x >> 1)] = 255;
    const labels = Int32Array.from({ length: n }, (_, x) => x % 2);
    const { figure, details } = await run(
      { eigenvectors: 4, graph: { kind: 'shifts', distance: 1 } },
      {
        ...{ sampleShape: [4, 4, 1], values, labels, domains: new Int32Array(n), splits: new Uint8Array(n) },
        ...{ domainNames: ['only'], names: Array.from({ length: n }, (_, x) => `image ${x}`) },
      },
    );
    expect(figure('largest-eigenvalue')).toBeCloseTo(1, 6);
    expect((details['graph'] as { nodes: number }).nodes).toBeLessThan(n * 9);
    await expect(run({ graph: { kind: 'shifts' } })).rejects.toThrow('images');
  });
});
