import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../engine/data/npy';
import { stream } from '../../engine/data/random';
import { adjustedRandIndex, contingencyTable } from '../../engine/graph/agreement';
import { symmetricEigen } from '../../engine/linear/symmetric-eigen';
import { clustersOf } from '../../engine/query/clusters';
import { principalComponents, projectOn } from '../../engine/query/pca';
import { project } from '../../engine/query/project';
import { umap } from '../../engine/query/umap';
import { readRun, type RunEntry } from '../../engine/run/directory';
import { mkdir } from 'node:fs/promises';
import { classNames, writeRunDirectory } from '../report/run-directory';

/** n × d of normal numbers whose columns have falling deviations and means of their own. */
function cloud(n: number, d: number, seed = 1): Float32Array {
  const random = stream(seed, 'cloud');
  return Float32Array.from({ length: n * d }, (_, i) => 3 * (i % d) + random.normal() * (4 / (1 + (i % d))));
}

describe('principal components', () => {
  it.each([
    [200, 12],
    [30, 60],
    [5, 3],
  ])('of %i × %i are the leading eigenvectors of the covariance', (n, d) => {
    const values = cloud(n, d);
    const { mean, axes, explained } = principalComponents(values, n, d, 2, 7);
    const covariance = new Float64Array(d * d);
    for (let i = 0; i < n; i++)
      for (let a = 0; a < d; a++)
        for (let b = 0; b < d; b++)
          covariance[a * d + b]! += (values[i * d + a]! - mean[a]!) * (values[i * d + b]! - mean[b]!);
    const { values: eigenvalues, vectors } = symmetricEigen(covariance, d, 2);
    const trace = Array.from({ length: d }, (_, a) => covariance[a * d + a]!).reduce((a, b) => a + b);
    for (let k = 0; k < 2; k++) {
      expect(explained[k]).toBeCloseTo(eigenvalues[k]! / trace, 7);
      let dot = 0;
      for (let a = 0; a < d; a++) dot += axes[k * d + a]! * vectors[k * d + a]!;
      expect(Math.abs(dot)).toBeCloseTo(1, 5);
    }
  });

  it('of constant values explain nothing and are finite', () => {
    const found = principalComponents(new Float32Array(40).fill(2), 10, 4, 2, 0);
    expect([...found.explained]).toEqual([0, 0]);
    expect([...projectOn(found, new Float32Array(40).fill(2), 10, 4)].every((value) => Math.abs(value) < 1e-6)).toBe(
      true,
    );
  });
});

describe('UMAP', () => {
  it('keeps separate clouds apart, and is the same for the same seed', async () => {
    const [n, d] = [150, 8];
    const random = stream(4, 'blobs');
    const values = Float32Array.from(
      { length: n * d },
      (_, i) => 6 * (Math.floor(i / d) % 3 === i % d ? 1 : 0) + 0.4 * random.normal(),
    );
    const places = await umap(values, n, d, { seed: 2 });
    expect(await umap(values, n, d, { seed: 2 })).toEqual(places);
    // The nearest neighbour in the picture is of the same cloud.
    let right = 0;
    for (let i = 0; i < n; i++) {
      let [best, nearest] = [-1, Infinity];
      for (let j = 0; j < n; j++) {
        const far = (places[2 * i]! - places[2 * j]!) ** 2 + (places[2 * i + 1]! - places[2 * j + 1]!) ** 2;
        if (j !== i && far < nearest) [best, nearest] = [j, far];
      }
      if (best % 3 === i % 3) right++;
    }
    expect(right).toBe(n);
  });

  it('of two samples is what there is', async () => {
    const places = await umap(Float32Array.of(0, 0, 1, 1), 2, 2, { seed: 0 });
    expect(places.every(Number.isFinite)).toBe(true);
  });
});

describe('queries to a run', () => {
  let run: RunEntry;
  beforeAll(async () => {
    const directory = await writeRunDirectory();
    const stages = join(directory, 'stages');
    const { shape, data } = await readNpy(join(stages, 'spectrum/eigenvectors.npy'));
    await mkdir(join(stages, 'represent'));
    await writeNpy(join(stages, 'represent/features.npy'), { shape, data: Float32Array.from(data, Number) });
    const [n = 0, d = 0] = shape;
    const rows = Int32Array.from({ length: n / 5 }, (_, i) => 5 * i);
    await mkdir(join(stages, 'finetune'));
    await writeNpy(join(stages, 'finetune/rows.npy'), { shape: [rows.length], data: rows });
    // Everything moves by the same amount along each axis.
    const moved = Float32Array.from(
      { length: rows.length * d },
      (_, i) => Number(data[rows[Math.floor(i / d)]! * d + (i % d)]) + 0.5,
    );
    await writeNpy(join(stages, 'finetune/features-FT.npy'), { shape: [rows.length, d], data: moved });
    run = (await readRun(directory))!;
  });
  afterAll(() => rm(run.directory, { recursive: true, force: true }));

  it('clusters anew, finds the classes at their number, and remembers it', async () => {
    const answer = await clustersOf(run, classNames.length);
    const { data } = await readNpy(join(run.directory, answer.file));
    const { data: labels } = await readNpy(join(run.directory, 'stages/data/labels.npy'));
    const table = contingencyTable(Array.from(data, Number), Array.from(labels, Number));
    expect(adjustedRandIndex(table)).toBeCloseTo(
      answer.figures.find(({ id, domain }) => id === 'spectrum.ari' && domain === undefined)!.value,
      9,
    );
    expect(answer.gap).toBeCloseTo(0.828 - 0.7313, 9);
    expect(answer.contingency!.flat().reduce((a, b) => a + b)).toBe(980);
    expect(await clustersOf(run, classNames.length)).toEqual(answer);
    await expect(clustersOf(run, 13)).rejects.toThrow(/choose 2 to 12 clusters/);
    await expect(clustersOf(run, 1)).rejects.toThrow(/choose 2 to 12 clusters/);
  });

  it('projects a stratified sample, and says which', async () => {
    const answer = await project(run, { method: 'pca', space: 'features', limit: 140 });
    expect([answer.count, answer.total]).toEqual([140, 980]);
    const rows = Array.from((await readNpy(join(run.directory, answer.rows))).data, Number);
    for (let label = 0; label < 7; label++) expect(rows.filter((row) => row % 7 === label)).toHaveLength(20);
    const places = await readNpy(join(run.directory, answer.file));
    expect(places.shape).toEqual([140, 2]);
    expect(await project(run, { method: 'pca', space: 'features', limit: 140 })).toEqual(answer);
  });

  it('puts fine-tuned features on the axes of the pretrained ones', async () => {
    const answer = await project(run, { method: 'pca', space: 'finetune', limit: 1000 });
    const read = async (name: string): Promise<number[]> =>
      Array.from((await readNpy(join(run.directory, name))).data, Number);
    const [before, after] = [await read(answer.file), await read(answer.after!['FT']!)];
    const move = [after[0]! - before[0]!, after[1]! - before[1]!];
    for (let i = 0; i < answer.count; i++) {
      expect(after[2 * i]! - before[2 * i]!).toBeCloseTo(move[0]!, 4);
      expect(after[2 * i + 1]! - before[2 * i + 1]!).toBeCloseTo(move[1]!, 4);
    }
    await expect(project(run, { method: 'umap', space: 'finetune', limit: 10 })).rejects.toThrow(/fixed axes/);
  });

  it('says in a sentence what has not finished', async () => {
    const bare = { ...run, directory: join(run.directory, 'nowhere') };
    await expect(clustersOf(bare, 3)).rejects.toThrow(/no finished stage "data"/);
  });
});
