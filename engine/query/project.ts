import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy, writeNpy } from '../data/npy';
import { readDataset } from '../data/stored-dataset';
import { stratifiedSample } from '../data/stratified-sample';
import { UserError } from '../errors';
import { readRepresentation } from '../graph/build/space';
import { readJson, writeJson } from '../run/atomic';
import type { RunEntry } from '../run/directory';
import type { ProjectionAnswer, ProjectionMethod, ProjectionSpace } from './answers';
import { principalComponents, projectOn } from './pca';
import { umap } from './umap';
import { finishedStages, viewFolder } from './view-files';

export interface ProjectionQuery {
  method: ProjectionMethod;
  space: ProjectionSpace;
  /** Most samples that are projected. */
  limit: number;
}

/**
 * Projects a run's samples to two dimensions and keeps the result in the run directory's views. Of the space `finetune`
 * the axes are those of the pretrained features, and each method's features are put on the same axes: PCA alone.
 * Throws UserError where the stage that it needs has not finished.
 */
export async function project(
  run: RunEntry,
  query: ProjectionQuery,
  progress?: (done: number, total: number) => void,
): Promise<ProjectionAnswer> {
  const { method, space, limit } = query;
  const stage = space === 'eigenvectors' ? 'spectrum' : space === 'finetune' ? 'finetune' : 'represent';
  const needed = { spectrum: 'eigenvectors.npy', finetune: 'rows.npy', represent: 'features.npy' }[stage];
  const stages = finishedStages(run, { data: 'dataset.json', represent: 'features.npy', [stage]: needed });
  if (space === 'finetune' && method !== 'pca')
    throw new UserError(
      'project-moves',
      'How samples move is shown on fixed axes, and UMAP has none; ask for --method pca.',
    );
  const folder = await viewFolder(run, stage);
  const stem = `${space}-${method}-${limit}`;
  const answerFile = join(folder.path, `${stem}.json`);
  if (existsSync(answerFile)) return (await readJson(answerFile)) as ProjectionAnswer;

  const dataset = await readDataset(join(stages, 'data'));
  const all = space === 'finetune' ? await intArray(join(stages, 'finetune', 'rows.npy')) : undefined;
  const total = all?.length ?? dataset.labels.length;
  const strata = Array.from({ length: total }, (_, i) => {
    const row = all ? all[i]! : i;
    return `${dataset.domains[row]} ${dataset.labels[row]}`;
  });
  const chosen = stratifiedSample(strata, limit, run.record.seed);
  const seed = run.record.seed;
  const { values, d } = await spaceRows(stages, space, dataset.labels.length);
  const own = take(values, d, all ? chosen.map((i) => all[i]!) : chosen);
  const n = chosen.length;
  const axes = principalComponents(own, n, d, 2, seed);
  const places = method === 'pca' ? wide(projectOn(axes, own, n, d), n) : await umap(own, n, d, { seed, progress });
  const write = async (name: string, data: Float32Array): Promise<string> => {
    await writeNpy(join(folder.path, name), { shape: [n, 2], data });
    return `${folder.name}/${name}`;
  };
  const answer: ProjectionAnswer = {
    ...{ method, space, total, count: n },
    file: await write(`${stem}.npy`, places),
    rows: `${folder.name}/${stem}-rows.npy`,
    ...(method === 'pca' && { explained: [...axes.explained] }),
  };
  await writeNpy(join(folder.path, `${stem}-rows.npy`), {
    shape: [n],
    data: Int32Array.from(chosen, (i) => (all ? all[i]! : i)),
  });
  if (space === 'finetune') {
    answer.after = {};
    for (const file of (await readdir(join(stages, 'finetune'))).sort()) {
      const name = /^features-(.+)\.npy$/.exec(file)?.[1];
      if (name === undefined) continue;
      const { shape, data } = await readNpy(join(stages, 'finetune', file));
      if (shape[0] !== total || shape[1] !== d) continue;
      const after = wide(projectOn(axes, take(Float32Array.from(data, Number), d, chosen), n, d), n);
      answer.after[name] = await write(`${stem}-${name}.npy`, after);
    }
  }
  await writeJson(answerFile, answer);
  return answer;
}

async function spaceRows(
  stages: string,
  space: ProjectionSpace,
  n: number,
): Promise<{ values: Float32Array; d: number }> {
  if (space !== 'eigenvectors')
    return readRepresentation(
      space === 'embedding' ? 'embedding' : 'features',
      n,
      join(stages, 'represent'),
      () => undefined,
    );
  const { shape, data } = await readNpy(join(stages, 'spectrum', 'eigenvectors.npy'));
  return { values: Float32Array.from(data, Number), d: shape[1] ?? 1 };
}

async function intArray(file: string): Promise<Int32Array> {
  return Int32Array.from((await readNpy(file)).data, Number);
}

function take(values: Float32Array, d: number, rows: readonly number[]): Float32Array {
  const result = new Float32Array(rows.length * d);
  rows.forEach((row, i) => result.set(values.subarray(row * d, (row + 1) * d), i * d));
  return result;
}

/** n × 2, also where there was but one component. */
function wide(places: Float32Array, n: number): Float32Array {
  if (places.length === 2 * n) return places;
  return Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? (places[i / 2] ?? 0) : 0));
}
