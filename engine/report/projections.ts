import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '../data/npy';
import type { ProjectionAnswer } from '../query/answers';
import { project, type ProjectionQuery } from '../query/project';
import { runFiles, type RunEntry } from '../run/directory';
import { embedArray, type Numbers } from './embed-array';
import type { EmbeddedArray } from './payload';

export interface ReportProjection {
  readonly answer: ProjectionAnswer;
  readonly rows: readonly number[];
  /** By the names that the answer gives. */
  readonly files: Record<string, EmbeddedArray>;
}

/** PCA and UMAP of the representation, and where fine-tuning moves the samples, as far as the stages have finished. */
export async function reportProjections(run: RunEntry, limit: number): Promise<ReportProjection[]> {
  const stages = join(run.directory, runFiles.stages);
  const wanted: ProjectionQuery[] = [];
  if (existsSync(join(stages, 'represent', 'features.npy'))) {
    if (existsSync(join(stages, 'spectrum', 'clusters.npy')))
      for (const method of ['pca', 'umap'] as const) wanted.push({ method, space: 'features', limit });
    if (existsSync(join(stages, 'finetune', 'rows.npy'))) wanted.push({ method: 'pca', space: 'finetune', limit });
  }
  const found: ReportProjection[] = [];
  for (const query of wanted) {
    const answer = await project(run, query);
    const names = [answer.file, answer.rows, ...Object.values(answer.after ?? {})];
    const arrays = await Promise.all(names.map((name) => readNpy(join(run.directory, name))));
    found.push({
      answer,
      rows: Array.from(arrays[1]!.data, Number),
      files: Object.fromEntries(
        names.map((name, i) => [name, embedArray(arrays[i]!.shape, arrays[i]!.data as Numbers)]),
      ),
    });
  }
  return found;
}
