import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, writeNpy } from '../data/npy';
import { readDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import { reportSpectrum } from '../graph/spectrum';
import { readJson, writeJson } from '../run/atomic';
import type { RunEntry } from '../run/directory';
import type { ClustersAnswer } from './answers';
import { finishedStages, viewFolder } from './view-files';

/**
 * The clusters that a run's stored eigenvectors give for k, as its spectrum stage would have found them with
 * "clusters": k. Kept in the run directory's views. Throws UserError where k is out of range or the stage is missing.
 */
export async function clustersOf(run: RunEntry, k: number): Promise<ClustersAnswer> {
  const stages = finishedStages(run, { data: 'dataset.json', spectrum: 'eigenvectors.npy' });
  const folder = await viewFolder(run, 'spectrum');
  const answerFile = join(folder.path, `clusters-${k}.json`);
  const arrayFile = `clusters-${k}.npy`;
  if (existsSync(answerFile) && existsSync(join(folder.path, arrayFile)))
    return (await readJson(answerFile)) as ClustersAnswer;
  const dataset = await readDataset(join(stages, 'data'));
  const [values, vectors] = await Promise.all(
    ['eigenvalues', 'eigenvectors'].map((name) => readNpy(join(stages, 'spectrum', `${name}.npy`))),
  );
  const [n = 0, count = 0] = vectors!.shape;
  if (!Number.isInteger(k) || k < 2 || k > Math.min(count, n))
    throw new UserError(
      'clusters-number',
      `Run ${run.record.id} has ${count} eigenvectors of ${n} samples: choose 2 to ${Math.min(count, n)} clusters.`,
    );
  const eigenvalues = Float64Array.from(values!.data, Number);
  const report = reportSpectrum(
    { eigenvalues, eigenvectors: Float32Array.from(vectors!.data, Number), count },
    dataset,
    { eigenvectors: eigenvalues.length, clusters: k, seed: run.record.seed, warn: () => undefined },
  );
  const { contingency, domainContingency, classOfCluster } = report.details as Partial<ClustersAnswer>;
  const answer: ClustersAnswer = {
    k,
    gap: k < eigenvalues.length ? eigenvalues[k - 1]! - eigenvalues[k]! : null,
    figures: report.figures,
    ...{ contingency, domainContingency, classOfCluster },
    file: `${folder.name}/${arrayFile}`,
  };
  await writeNpy(join(folder.path, arrayFile), { shape: [n], data: report.clusters });
  await writeJson(answerFile, answer);
  return answer;
}
