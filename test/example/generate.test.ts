import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, type ParseError } from 'jsonc-parser';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cancelled, UserError } from '../../engine/errors';
import { generateExample } from '../../engine/example/generate';
import { objectNames } from '../../engine/example/objects';
import { crossCheck } from '../../engine/study/cross-checks';
import { studySchema } from '../../engine/study/schema';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'example-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Relative path → SHA-256 of the bytes, of every image. */
async function digests(root: string): Promise<Record<string, string>> {
  const names = (await readdir(join(root, 'images'), { recursive: true })).filter((name) => name.endsWith('.png'));
  const entries = names.sort().map(async (name): Promise<[string, string]> => {
    const bytes = await readFile(join(root, 'images', name));
    return [name, createHash('sha256').update(bytes).digest('hex')];
  });
  return Object.fromEntries(await Promise.all(entries));
}

const small = { seed: 3, perCell: 2, classes: ['car', 'cup'] } as const;

describe('generateExample', () => {
  it('writes an image folder with a domain level and nothing twice', async () => {
    const progress: [number, number][] = [];
    const { images } = await generateExample(folder, {
      seed: 1,
      perCell: 3,
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(images).toBe(2 * objectNames.length * 3);
    expect(objectNames.length).toBeGreaterThanOrEqual(8);
    const files = await digests(folder);
    expect(Object.keys(files)).toHaveLength(images);
    expect(new Set(Object.values(files)).size).toBe(images);
    expect(Object.keys(files)).toContain(join('sketch', 'guitar', '0003.png'));
    const { width, height, channels, format } = await sharp(join(folder, 'images', 'photo', 'fish', '0001.png')).metadata();
    expect({ width, height, channels, format }).toEqual({ width: 32, height: 32, channels: 3, format: 'png' });
    expect(progress.at(-1)).toEqual([images, images]);
  });

  it('writes a study that is valid and whose paths and domains are there', async () => {
    const { studyPath } = await generateExample(folder, small);
    const errors: ParseError[] = [];
    const text = await readFile(studyPath, 'utf8');
    const study = studySchema.parse(parse(text, errors));
    expect(errors).toEqual([]);
    expect(text).toContain('//');
    expect(study.seed).toBe(3);
    const root = join(folder, study.data.folder!);
    expect((await readdir(root)).sort()).toEqual([study.data.source!, study.data.target!].sort());
  });

  it('draws a further domain beside the others where it is asked to, and a study of methods with it', async () => {
    const { studyPath, methodsStudyPath, images } = await generateExample(folder, { ...small, extra: true });
    expect(images).toBe(12);
    expect((await readdir(join(folder, 'images'))).sort()).toEqual(['photo', 'sketch']);
    expect(await readdir(join(folder, 'extra', 'clipart', 'cup'))).toEqual(['0001.png', '0002.png']);
    const main = studySchema.parse(parse(await readFile(studyPath, 'utf8')));
    const methods = studySchema.parse(parse(await readFile(methodsStudyPath!, 'utf8')));
    expect(crossCheck(main)).toEqual([]);
    expect(crossCheck(methods)).toEqual([]);
    expect(methods.encoder).toEqual(main.encoder);
    for (const domain of Object.values(methods.data.domains!)) {
      if (domain.format !== 'folder') throw new Error('not a folder');
      expect((await readdir(join(folder, domain.path))).sort()).toEqual(['car', 'cup']);
    }
  });

  it('is deterministic: one seed gives the same bytes, another seed others', async () => {
    const folders = ['a', 'b', 'c'].map((name) => join(folder, name));
    for (const [i, seed] of [5, 5, 6].entries()) await generateExample(folders[i]!, { ...small, seed });
    const [a, b, c] = await Promise.all(folders.map(digests));
    expect(a).toEqual(b);
    for (const name of Object.keys(a!)) expect(c![name]).not.toBe(a![name]);
  });

  it('draws a picture the same whatever is drawn beside it', async () => {
    await generateExample(join(folder, 'a'), small);
    await generateExample(join(folder, 'b'), { ...small, perCell: 1, domains: ['photo'] });
    const [all, one] = [await digests(join(folder, 'a')), await digests(join(folder, 'b'))];
    expect(Object.keys(one)).toHaveLength(2);
    expect(all).toMatchObject(one);
  });

  it('draws other sizes, domains and a single one', async () => {
    const { studyPath } = await generateExample(folder, { ...small, size: 48, domains: ['clipart'] });
    expect((await sharp(join(folder, 'images', 'clipart', 'car', '0001.png')).metadata()).width).toBe(48);
    expect(studySchema.parse(parse(await readFile(studyPath, 'utf8'))).data.target).toBeUndefined();
  });

  it('leaves a finished example and an edited study alone', async () => {
    const { studyPath } = await generateExample(folder, small);
    await writeFile(studyPath, '{"name": "mine"}');
    const image = join(folder, 'images', 'photo', 'car', '0001.png');
    const before = (await stat(image)).mtimeMs;
    expect(await generateExample(folder, small)).toEqual({ studyPath, images: 8 });
    expect((await stat(image)).mtimeMs).toBe(before);
    expect(await readFile(studyPath, 'utf8')).toBe('{"name": "mine"}');
  });

  it('completes what was cancelled, and what has lost an image', async () => {
    const abort = new AbortController();
    const many = { ...small, perCell: 40 };
    const cancelled = generateExample(folder, {
      ...many,
      signal: abort.signal,
      onProgress: (done) => done > 0 && abort.abort(),
    });
    await expect(cancelled).rejects.toBeInstanceOf(Cancelled);
    expect(Object.keys(await digests(folder)).length).toBeLessThan(160);
    await generateExample(folder, many);
    const complete = await digests(folder);
    expect(Object.keys(complete)).toHaveLength(160);
    await rm(join(folder, 'images', 'sketch', 'cup', '0007.png'));
    await generateExample(folder, many);
    expect(await digests(folder)).toEqual(complete);
  });

  it('refuses a folder of something else, but not one with hidden files alone', async () => {
    await mkdir(join(folder, '.vscode'));
    await generateExample(folder, small);
    await expect(generateExample(folder, { ...small, seed: 4 })).rejects.toThrow(/other options.*choose an empty folder/);
    const other = join(folder, 'other');
    await mkdir(other);
    await writeFile(join(other, 'thesis.tex'), '');
    await expect(generateExample(other, small)).rejects.toThrow(/not empty \(it holds thesis\.tex\)/);
    expect(await readdir(other)).toEqual(['thesis.tex']);
    await expect(generateExample(join(other, 'thesis.tex'), small)).rejects.toBeInstanceOf(UserError);
  });

  it.each([
    [{ seed: -1 }, /seed must be a whole number/],
    [{ seed: 0, perCell: 0 }, /images per class and domain must be a whole number from 1/],
    [{ seed: 0, size: 8 }, /image size must be a whole number from 16/],
    [{ seed: 0, domains: [] }, /domains must be at least 1 different ones of sketch, photo, clipart; got none/],
    [{ seed: 0, classes: ['car', 'car'] as const }, /classes must be at least 2 different ones/],
  ])('says what is wrong with %j', async (options, message) => {
    await expect(generateExample(folder, options)).rejects.toThrow(message);
    await expect(generateExample(folder, options)).rejects.toBeInstanceOf(UserError);
  });
});
