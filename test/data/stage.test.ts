import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Device } from '../../engine/compute/device';
import { encodeNpy, readNpy } from '../../engine/data/npy';
import { channelStatistics } from '../../engine/data/statistics';
import { dataStage, readDataset } from '../../engine/stages/data';
import { createPathResolver } from '../../engine/study/paths';
import { studySchema } from '../../engine/study/schema';
import { temporaryFolder } from './temporary';

const folder = temporaryFolder();
const output = join(folder, 'stage');
const resolvePath = createPathResolver({ studyFolder: folder, workspaceRoot: folder });
const device: Device = { name: 'none', detail: 'the data stage computes nothing', compile: () => Promise.reject() };

function study(rest: object = {}) {
  const domain = (name: string) => ({ format: 'npy', values: `${name}.npy`, labels: 'y.npy' });
  return studySchema.parse({ name: 'x', data: { domains: { a: domain('a'), b: domain('b') }, ...rest } });
}

test('what the stage writes is read again, with figures and warnings', async () => {
  mkdirSync(output);
  for (const [name, shift] of [
    ['a', 0],
    ['b', 100],
  ] as const) {
    const data = Uint8Array.from({ length: 10 * 12 }, (_, i) => i + shift);
    writeFileSync(join(folder, `${name}.npy`), encodeNpy({ shape: [10, 2, 2, 3], data }));
  }
  writeFileSync(
    join(folder, 'y.npy'),
    encodeNpy({ shape: [10], data: Uint8Array.from({ length: 10 }, (_, i) => i % 2) }),
  );
  const messages: string[] = [];
  const progress: number[] = [];
  const { figures, details } = await dataStage.run({
    study: study({ classNames: ['even', 'odd', 'none'] }),
    resolvePath,
    folder: output,
    inputs: {},
    report: {
      progress: (done) => progress.push(done),
      metric: () => undefined,
      log: (level, message) => messages.push(`${level}: ${message}`),
    },
    signal: new AbortController().signal,
    device,
  });
  expect(figures.map(({ id, domain, value, unit }) => [id, domain, value, unit])).toEqual([
    ['data.samples', 'a', 10, 'count'],
    ['data.samples', 'b', 10, 'count'],
  ]);
  expect(messages).toEqual(['warning: No sample has the class "none" of data.classNames; it is left out.']);
  expect(progress.at(-1)).toBe(20);

  const dataset = await readDataset(output);
  expect(dataset).toMatchObject({ sampleShape: [2, 2, 3], classNames: ['even', 'odd'], domainNames: ['a', 'b'] });
  expect([...dataset.values.subarray(0, 3), ...dataset.values.subarray(120, 123)]).toEqual([0, 1, 2, 100, 101, 102]);
  expect([...dataset.labels.subarray(0, 3)]).toEqual([0, 1, 0]);
  expect(dataset.names[19]).toBe('b.npy#9');
  expect(await readNpy(join(output, 'values.npy'))).toMatchObject({ descr: '|u1', shape: [20, 2, 2, 3] });
  expect((await readNpy(join(output, 'splits.npy'))).descr).toBe('|u1');
  expect((await readNpy(join(output, 'domains.npy'))).descr).toBe('<i4');

  // Counts by domain, class and split add up to what the splits say; 10 samples: 2 for testing, 1 for validation.
  const record = JSON.parse(readFileSync(join(output, 'dataset.json'), 'utf8')) as { counts: number[][][] };
  expect(record.counts).toEqual(details['counts']);
  for (const domain of record.counts) {
    expect([0, 1, 2].map((split) => domain.reduce((sum, counts) => sum + counts[split]!, 0))).toEqual([7, 1, 2]);
  }
  // Mean and deviation straight from the definition.
  const rows = [...dataset.splits.keys()].filter((row) => dataset.splits[row] === 0);
  [0, 1, 2].forEach((c) => {
    const pixels = rows.flatMap((row) => [0, 3, 6, 9].map((p) => dataset.values[row * 12 + p + c]! / 255));
    const mean = pixels.reduce((a, b) => a + b) / pixels.length;
    expect(dataset.mean[c]).toBeCloseTo(mean, 12);
    expect(dataset.std[c]).toBeCloseTo(Math.sqrt(pixels.reduce((a, b) => a + (b - mean) ** 2, 0) / pixels.length), 12);
  });
});

test('its key holds what changes the table, and nothing else', () => {
  const part = (rest?: object) => JSON.stringify(dataStage.part(study(rest)));
  expect(part({ source: 'b' })).toBe(part());
  expect(part({ limit: 3 })).not.toBe(part());
  expect(part({ image: { size: 3 } })).not.toBe(part());
});

test('a folder that is no data stage', async () => {
  await expect(readDataset(folder)).rejects.toThrow(/holds no dataset\.json/);
});

test('a constant feature has deviation 1', () => {
  const values = Float32Array.of(0.1, 5, 0.1, 7, 0.1, 9);
  const rows = 3;
  const { mean, std } = channelStatistics({
    sampleShape: [2],
    values,
    labels: new Int32Array(rows),
    domains: new Int32Array(rows),
    splits: new Uint8Array(rows),
    classNames: ['0'],
    domainNames: ['a'],
    names: ['0', '1', '2'],
  });
  expect(mean[1]).toBe(7);
  expect(std).toEqual([1, Math.sqrt(8 / 3)]);
});
