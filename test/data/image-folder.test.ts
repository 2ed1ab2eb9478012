import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../engine/errors';
import { openImageDomain, openImageDomains } from '../../engine/data/image-folder';
import { stream } from '../../engine/data/random';
import type { DomainSource } from '../../engine/data/source';
import { createPathResolver } from '../../engine/study/paths';
import { pixelPng, plainPng, tar, writeTree } from './images';
import { temporaryFolder } from './temporary';

const folder = temporaryFolder();
const resolve = createPathResolver({ studyFolder: folder, workspaceRoot: folder });
const place = (path: string) => ({ path, resolve });

/** First pixel of each sample at 2 × 2. */
async function firstPixels(source: DomainSource, channels = 3): Promise<number[][]> {
  const rows = Int32Array.from(source.labels.keys());
  const values = new Uint8Array(rows.length * 4 * channels);
  await source.read(rows, { shape: [2, 2, channels], values, first: 0 }, {});
  return [...rows].map((i) => [...values.subarray(i * 4 * channels, i * 4 * channels + channels)]);
}

const files: Record<string, Uint8Array> = {};
beforeAll(async () => {
  Object.assign(files, {
    'photo/dog/b.png': await plainPng('#0000ff'),
    'photo/dog/a.PNG': await plainPng('#ff0000', 6, 3),
    'photo/cat/c.png': await pixelPng([9, 9, 9, 9], 2, 2, 1),
    'sketch/dog/d.png': await plainPng('#ffffff'),
  });
  const extra = {
    '.DS_Store': 'x',
    'photo/dog/._b.png': 'x',
    'photo/readme.txt': 'x',
    '__MACOSX/photo/dog/b.png': 'x',
  };
  writeTree(join(folder, 'set'), { ...files, ...extra });
  const wrapped = Object.entries({ ...extra, ...files }).map(([name, content]) => [`./root/${name}`, content] as const);
  writeFileSync(join(folder, 'set.tar'), await tar(Object.fromEntries([['root/', ''], ...wrapped.toReversed()])));
  writeFileSync(join(folder, 'set.tgz'), await tar(Object.fromEntries(wrapped), true));
});

describe.each(['set', 'set.tar', 'set.tgz'])('%s', (path) => {
  test('domains, classes, order, names and pixels', async () => {
    const domains = await openImageDomains(place(path));
    expect([...domains.keys()]).toEqual(['photo', 'sketch']);
    const photo = domains.get('photo')!;
    expect(photo).toMatchObject({ kind: 'images', classNames: ['cat', 'dog'], shape: [2, 2, 1] });
    expect([...photo.labels]).toEqual([0, 1, 1]);
    const prefix = path === 'set' ? 'set/' : `${path}#root/`;
    expect([0, 1, 2].map((row) => photo.name(row).replace('#./root', '#root'))).toEqual(
      ['photo/cat/c.png', 'photo/dog/a.PNG', 'photo/dog/b.png'].map((name) => prefix + name),
    );
    expect(await firstPixels(photo)).toEqual([
      [9, 9, 9],
      [255, 0, 0],
      [0, 0, 255],
    ]);
    expect(await firstPixels(photo, 1)).toEqual([[9], [76], [29]]);
  });

  test('only the asked rows are read', async () => {
    const photo = (await openImageDomains(place(path))).get('photo')!;
    const values = new Uint8Array(2 * 3);
    await photo.read(Int32Array.of(0, 2), { shape: [1, 1, 3], values, first: 0 }, {});
    expect([...values]).toEqual([9, 9, 9, 0, 0, 255]);
  });
});

test('a domain of its own, and names without a domain level', async () => {
  const photo = await openImageDomain(place('set/photo'));
  expect(photo.labels).toHaveLength(3);
  expect([...(await openImageDomains(place('set/photo'))).keys()]).toEqual(['photo']);
  await expect(openImageDomain(place('set'))).rejects.toThrow(/use data\.folder/);
});

describe('bad folders and archives', () => {
  test('unreadable images are named, the first few and the count', async () => {
    const png = await plainPng('#123456', 40, 40);
    const broken = Object.fromEntries(['b', 'c', 'd', 'e'].map((name) => [`broken/x/${name}.png`, 'no image']));
    writeTree(folder, { 'broken/x/a.png': png, ...broken });
    const source = await openImageDomain(place('broken'));
    await expect(firstPixels(source)).rejects.toThrow(
      /^4 of 5 images cannot be read: .*b\.png \(it is not a PNG, JPEG or WebP image\), .*c\.png .*d\.png .* and 1 more; replace or remove them\.$/,
    );
    await expect(firstPixels(source)).rejects.toBeInstanceOf(UserError);
    writeTree(folder, { 'cut/x/a.png': png, 'cut/x/b.png': png.subarray(0, png.length - 30) });
    await expect(firstPixels(await openImageDomain(place('cut')))).rejects.toThrow(
      /^The image .*b\.png \(.*\) cannot be/,
    );
    writeTree(folder, { 'first/x/a.png': '' });
    await expect(openImageDomain(place('first'))).rejects.toThrow(/a\.png \(the file is empty\) cannot be read/);
  });

  test('an empty class folder, a missing folder', async () => {
    writeTree(folder, { 'hole/a/1.png': await plainPng('#000000'), 'hole/b/notes.txt': '' });
    await expect(openImageDomain(place('hole'))).rejects.toThrow(/folder b of .*hole holds no PNG/);
    await expect(openImageDomain(place('nowhere'))).rejects.toThrow(/There is no .*nowhere/);
  });

  test('what is no archive, and archives that are cut off', async () => {
    writeFileSync(join(folder, 'set.zip'), 'PK\x03\x04'.padEnd(2000, 'x'));
    await expect(openImageDomain(place('set.zip'))).rejects.toThrow(
      /neither a folder nor a \.tar or \.tar\.gz archive/,
    );
    const random = stream(0, 'noise');
    const pixels = Array.from({ length: 4096 }, () => random.below(256));
    const noise = await pixelPng(pixels, 64, 64, 1);
    const whole = { 'x/a.png': noise, 'x/b.png': noise };
    const plain = await tar(whole);
    writeFileSync(join(folder, 'cut.tar'), plain.subarray(0, 2 * 512 + noise.length + 800));
    await expect(openImageDomain(place('cut.tar'))).rejects.toThrow(/cut\.tar ends too early/);
    const packed = await tar(whole, true);
    writeFileSync(join(folder, 'cut.tar.gz'), packed.subarray(0, packed.length / 2));
    await expect(openImageDomain(place('cut.tar.gz'))).rejects.toThrow(/cut\.tar\.gz ends too early/);
    writeFileSync(join(folder, 'empty.tar'), await tar({}));
    await expect(openImageDomain(place('empty.tar'))).rejects.toThrow(/holds no PNG/);
  });

  test('an archive that holds an unreadable image', async () => {
    writeFileSync(join(folder, 'bad.tar'), await tar({ 'x/a.png': await plainPng('#000000'), 'x/b.png': 'oh' }));
    const source = await openImageDomain(place('bad.tar'));
    await expect(firstPixels(source)).rejects.toThrow(/bad\.tar#x\/b\.png \(it is not/);
  });

  test('links may not lead out of the workspace, nor in circles', async () => {
    const outside = temporaryOutside;
    writeTree(folder, { 'linked/x/a.png': await plainPng('#000000') });
    symlinkSync(join(folder, 'set/photo/dog/b.png'), join(folder, 'linked/x/b.png'));
    expect((await openImageDomain(place('linked'))).labels).toHaveLength(2);
    symlinkSync(join(outside, 'c.png'), join(folder, 'linked/x/c.png'));
    await expect(openImageDomain(place('linked'))).rejects.toThrow(/"linked\/x\/c\.png" leaves the workspace/);
    writeTree(folder, { 'round/x/a.png': await plainPng('#000000') });
    symlinkSync(join(folder, 'round'), join(folder, 'round/x/again'));
    await expect(openImageDomain(place('round'))).rejects.toThrow(/link .*again leads back/);
  });
});

const temporaryOutside = temporaryFolder();
beforeAll(async () => writeFileSync(join(temporaryOutside, 'c.png'), await plainPng('#00ff00')));

test('an aborted signal stops reading', async () => {
  const source = (await openImageDomains(place('set'))).get('photo')!;
  const rows = Int32Array.of(0, 1, 2);
  const target = { shape: [2, 2, 3], values: new Uint8Array(36), first: 0 };
  await expect(source.read(rows, target, { signal: AbortSignal.abort() })).rejects.toThrow(/cancelled/);
  const archived = (await openImageDomains(place('set.tar'))).get('photo')!;
  await expect(archived.read(rows, target, { signal: AbortSignal.abort() })).rejects.toThrow(/cancelled/);
});
