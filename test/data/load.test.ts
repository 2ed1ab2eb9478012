import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NumericData } from '../../engine/data/array';
import { Split, select } from '../../engine/data/dataset';
import { fingerprint } from '../../engine/data/fingerprint';
import { loadDataset } from '../../engine/data/load';
import { encodeNpy } from '../../engine/data/npy';
import { encodeNpz } from '../../engine/data/npz';
import { createPathResolver } from '../../engine/study/paths';
import { studySchema } from '../../engine/study/schema';
import { plainPng, tar, writeTree } from './images';
import { temporaryFolder } from './temporary';

const folder = temporaryFolder();
const resolve = createPathResolver({ studyFolder: folder, workspaceRoot: folder });
const study = (data: object, seed = 0) => studySchema.parse({ name: 'x', seed, data });
const npy = (name: string, shape: number[], data: NumericData): void =>
  writeFileSync(join(folder, name), encodeNpy({ shape, data }));

async function load(data: object, seed = 0) {
  const warnings: string[] = [];
  const dataset = await loadDataset(study(data, seed), resolve, { onWarning: (message) => warnings.push(message) });
  return { ...dataset, warnings };
}

beforeAll(() => {
  npy(
    'x.npy',
    [20, 2],
    Float32Array.from({ length: 40 }, (_, i) => i),
  );
  npy(
    'y.npy',
    [20],
    Int32Array.from({ length: 20 }, (_, i) => i % 2),
  );
  npy(
    'x2.npy',
    [4, 2],
    Float64Array.from({ length: 8 }, (_, i) => 100 + i),
  );
  npy('y2.npy', [4], Uint8Array.of(0, 1, 0, 1));
  npy(
    'images.npy',
    [4, 4, 4],
    Uint8Array.from({ length: 64 }, (_, i) => i * 4),
  );
});

describe('features', () => {
  const domains = {
    a: { format: 'npy', values: 'x.npy', labels: 'y.npy' },
    b: { format: 'npy', values: 'x2.npy', labels: 'y2.npy', testValues: 'x2.npy', testLabels: 'y2.npy' },
  };

  test('a target that nothing learns from is measured on as a whole', async () => {
    const { domains: of, splits } = await load({
      domains,
      source: 'a',
      target: 'b',
      split: { target: 'test' },
      limit: 10,
    });
    const [source, target] = [0, 1].map((domain) => [...splits].filter((_, i) => of[i] === domain));
    expect(target).toEqual(Array(8).fill(Split.test));
    expect(new Set(source)).toEqual(new Set([Split.train, Split.validation, Split.test]));
  });

  test('domains follow each other, each with its splits', async () => {
    const dataset = await load({ domains });
    expect(dataset).toMatchObject({ sampleShape: [2], classNames: ['0', '1'], domainNames: ['a', 'b'], warnings: [] });
    expect([...dataset.domains]).toEqual([...Array<number>(20).fill(0), ...Array<number>(8).fill(1)]);
    expect([...dataset.values.subarray(0, 4), ...dataset.values.subarray(48)]).toEqual([
      0, 1, 2, 3, 100, 101, 102, 103, 104, 105, 106, 107,
    ]);
    expect(dataset.names[3]).toBe('x.npy#3');
    expect(dataset.names[24]).toBe('x2.npy#0');
    expect(select(dataset, { domain: 0, split: 'test' })).toHaveLength(4);
    expect([...select(dataset, { domain: 1, split: 'test' })]).toEqual([24, 25, 26, 27]);
  });

  test('the limit leaves samples out, whole and in order', async () => {
    const all = await load({ domains });
    const limited = await load({ domains, limit: 6 });
    const train = select(limited, { domain: 0 }).filter((row) => limited.splits[row] !== Split.test);
    expect(train).toHaveLength(6);
    expect(limited.labels.filter((label, row) => train.includes(row) && label === 0)).toHaveLength(3);
    for (let row = 0; row < limited.labels.length; row++) {
      const same = all.names.indexOf(limited.names[row]!);
      expect([...limited.values.subarray(2 * row, 2 * row + 2)]).toEqual([
        ...all.values.subarray(2 * same, 2 * same + 2),
      ]);
      expect(limited.labels[row]).toBe(all.labels[same]);
    }
  });

  test('the seed decides', async () => {
    expect((await load({ domains }, 3)).splits).toEqual((await load({ domains }, 3)).splits);
    expect((await load({ domains }, 3)).splits).not.toEqual((await load({ domains }, 4)).splits);
  });

  test('an unlabelled domain', async () => {
    const dataset = await load({ domains: { a: domains.a, u: { format: 'npy', values: 'x2.npy' } } });
    expect([...dataset.labels.subarray(20)]).toEqual([-1, -1, -1, -1]);
    expect(dataset.warnings).toEqual([]);
  });

  test('npz, and tables whose columns stand in another order', async () => {
    writeFileSync(
      join(folder, 'a.npz'),
      encodeNpz({
        feats: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
        y: { shape: [2], data: Uint8Array.of(0, 1) },
      }),
    );
    writeTree(folder, {
      'a.csv': 'p,q,label\n1,2,0\n',
      'b.csv': 'label,q,p\n0,20,10\n',
      't.csv': 'q,label,p\n5,0,4\n',
    });
    const archive = await load({ domains: { a: { format: 'npz', path: 'a.npz', values: 'feats' } } });
    expect([...archive.values]).toEqual([1, 2, 3, 4]);
    const tables = await load({
      domains: { a: { format: 'csv', path: 'a.csv', testPath: 't.csv' }, b: { format: 'csv', path: 'b.csv' } },
    });
    expect([...tables.values]).toEqual([1, 2, 4, 5, 10, 20]);
    expect(tables.names).toEqual(['a.csv#line 2', 't.csv#line 2', 'b.csv#line 2']);
  });

  test('a class that a domain lacks is a warning', async () => {
    npy('ones.npy', [4], Int32Array.of(1, 1, 1, 1));
    const { warnings } = await load({
      domains: { a: domains.a, b: { ...domains.b, labels: 'ones.npy', testLabels: 'ones.npy' } },
    });
    expect(warnings).toEqual(['The class 0 has no sample in domain "b".']);
  });
});

describe('images', () => {
  const labels = 'y2.npy';

  test('size and channels are those of the first image, or as asked', async () => {
    const domains = { a: { format: 'npy', values: 'images.npy', labels } };
    const plain = await load({ domains });
    expect(plain.sampleShape).toEqual([4, 4, 1]);
    expect([...plain.values]).toEqual(Array.from({ length: 64 }, (_, i) => i * 4));
    const small = await load({ domains, image: { size: 1, channels: 'rgb' } });
    expect(small.sampleShape).toEqual([1, 1, 3]);
    // The mean of an image that rises by 4 from pixel to pixel: 64 i + 4 · 7.5.
    expect([...small.values].filter((_, i) => i % 3 === 0)).toEqual([30, 94, 158, 222]);
  });

  test('folders, archives and arrays meet in one shape', async () => {
    const png = { 'x/1.png': await plainPng('#ffffff'), 'y/2.png': await plainPng('#000000', 9, 3) };
    writeTree(join(folder, 'pictures'), png);
    writeFileSync(join(folder, 'pictures.tar'), await tar(png));
    const dataset = await load({
      domains: {
        a: { format: 'npy', values: 'images.npy', labels },
        f: { format: 'folder', path: 'pictures', testPath: 'pictures.tar' },
      },
      classNames: ['x', 'y'],
    });
    expect(dataset).toMatchObject({ sampleShape: [4, 4, 1], classNames: ['x', 'y'] });
    expect([...dataset.labels]).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
    expect(dataset.names.slice(4)).toEqual([
      'pictures/x/1.png',
      'pictures/y/2.png',
      'pictures.tar#x/1.png',
      'pictures.tar#y/2.png',
    ]);
    expect([4, 5, 6, 7].map((row) => dataset.values[row * 16])).toEqual([255, 0, 255, 0]);
  });

  test('a folder with a split', async () => {
    const png = await plainPng('#123456');
    writeTree(join(folder, 'split'), {
      'train/x/1.png': png,
      'train/x/2.png': png,
      'val/x/1.png': png,
      'test/x/1.png': png,
    });
    const dataset = await load({ folder: 'split' });
    expect(Object.fromEntries(dataset.names.map((name, row) => [name, dataset.splits[row]]))).toEqual({
      'split/test/x/1.png': Split.test,
      'split/train/x/1.png': Split.train,
      'split/train/x/2.png': Split.train,
      'split/val/x/1.png': Split.validation,
    });
  });

  test('float images', async () => {
    npy('unit.npy', [1, 1, 2], Float32Array.of(0, 1));
    npy('bytes.npy', [1, 1, 2], Float32Array.of(3, 255));
    const unit = await load({ domains: { a: { format: 'npy', values: 'unit.npy' } } });
    expect([...unit.values]).toEqual([0, 255]);
    expect(unit.warnings[0]).toMatch(/floats in 0…1, taken as 0…255/);
    expect([...(await load({ domains: { a: { format: 'npy', values: 'bytes.npy' } } })).values]).toEqual([3, 255]);
  });
});

describe('bad data', () => {
  const one = (values: string, labels?: string) => ({
    domains: { a: { format: 'npy', values, ...(labels && { labels }) } },
  });
  const cases: [string, () => object, RegExp][] = [
    ['lengths that differ', () => one('x.npy', 'y2.npy'), /x\.npy holds 20 samples, but .*y2\.npy holds 4 labels/],
    [
      'a label beyond the names',
      () => ({ ...one('x.npy', 'y.npy'), classNames: ['only'] }),
      /label 1 \(row 1, counted from 0\), but data\.classNames has only 1/,
    ],
    [
      'NaN',
      () => (npy('nan.npy', [2, 3], Float32Array.of(1, 2, 3, 4, 5, NaN)), one('nan.npy')),
      /nan\.npy holds NaN in row 1, column 2 \(counted from 0\)/,
    ],
    [
      'infinity',
      () => (npy('inf.npy', [1, 1], Float64Array.of(1e300)), one('inf.npy')),
      /holds 1e\+300 in row 0, column 0/,
    ],
    ['one axis', () => one('y.npy'), /has the shape \(20\); values must be/],
    ['no samples', () => (npy('empty.npy', [0, 3], new Float32Array()), one('empty.npy')), /shape \(0, 3\)/],
    [
      'channels first',
      () => (npy('first.npy', [1, 3, 4, 4], new Uint8Array(48)), one('first.npy')),
      /transpose\(0, 2, 3, 1\)/,
    ],
    [
      'pixels out of range',
      () => (npy('range.npy', [2, 1, 1], Int32Array.of(0, 256)), one('range.npy')),
      /pixel 256 in image 1/,
    ],
    [
      'images and features',
      () => ({ domains: { a: { format: 'npy', values: 'x.npy' }, b: { format: 'npy', values: 'images.npy' } } }),
      /"a" holds features, domain "b" holds images/,
    ],
    [
      'widths that differ',
      () => (
        npy('wide.npy', [1, 3], new Float32Array(3)),
        { domains: { a: { format: 'npy', values: 'x.npy' }, b: { format: 'npy', values: 'wide.npy' } } }
      ),
      /"a" has 2 features, domain "b" has 3/,
    ],
    [
      'a test set of another kind',
      () => ({ domains: { a: { format: 'npy', values: 'x.npy', testValues: 'images.npy' } } }),
      /test set of domain "a" holds images, its training set features of length 2/,
    ],
    [
      'large images without a size',
      () => (npy('large.npy', [1, 600, 2], new Uint8Array(1200)), one('large.npy')),
      /2 × 600 pixels; set data\.image\.size/,
    ],
    ['a path out of the workspace', () => one('../x.npy'), /leaves the workspace/],
  ];
  test.each(cases)('%s', async (_, data, message) => {
    const result = load(data());
    await expect(result).rejects.toThrow(message);
    await expect(result).rejects.toMatchObject({ name: 'UserError' });
  });
});

test('an aborted signal cancels, and progress reaches the total', async () => {
  const data = study({ domains: { a: { format: 'npy', values: 'x.npy' }, b: { format: 'npy', values: 'x2.npy' } } });
  await expect(loadDataset(data, resolve, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'Cancelled',
  });
  const seen: [number, number, string][] = [];
  await loadDataset(data, resolve, { onProgress: (...progress) => seen.push(progress) });
  expect(seen.at(-1)).toEqual([24, 24, 'Reading b']);
  expect(seen.every(([done], i) => i === 0 || done >= seen[i - 1]![0])).toBe(true);
});

describe('fingerprints', () => {
  test('name every file with size and time, and change with it', async () => {
    writeTree(join(folder, 'stamps'), { 'b/2.png': 'xx', 'a/1.png': 'x', '.hidden': 'x' });
    const before = await fingerprint(study({ folder: 'stamps' }), resolve);
    expect(before.map(({ path, size }) => [path, size])).toEqual([
      ['stamps/a/1.png', 1],
      ['stamps/b/2.png', 2],
    ]);
    expect(await fingerprint(study({ folder: 'stamps' }), resolve)).toEqual(before);
    utimesSync(join(folder, 'stamps/a/1.png'), 1000, 1000);
    expect(await fingerprint(study({ folder: 'stamps' }), resolve)).not.toEqual(before);
  });

  test('every path of every format counts', async () => {
    const domains = {
      a: { format: 'npy', values: 'x.npy', labels: 'y.npy', testValues: 'x2.npy', testLabels: 'y2.npy' },
      b: { format: 'csv', path: 'x.npy' },
    };
    const stamps = await fingerprint(study({ domains }), resolve);
    expect(stamps.map(({ path }) => path)).toEqual(['x.npy', 'x2.npy', 'y.npy', 'y2.npy']);
    await expect(fingerprint(study({ folder: 'nowhere' }), resolve)).rejects.toThrow(/There is no .*nowhere/);
  });
});
