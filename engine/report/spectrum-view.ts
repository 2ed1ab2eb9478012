import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '../data/npy';
import { readDataset } from '../data/stored-dataset';
import type { Results } from '../run/format';
import type { SampleView, SpectrumView } from './payload';
import { stratifiedSample } from './sample';
import { thumbnailSheet } from './thumbnails';

/** Points in the scatter plot: enough to see the clusters, few enough to carry a thumbnail of each. */
const maximumPoints = 800;
/** Eigenvectors that the scatter's axes offer. */
const maximumColumns = 8;
/** The tail of a spectrum says little more than that there is one. */
const maximumEigenvalues = 64;

/** What the spectrum stage of a run found; undefined where it has not run. */
export async function spectrumView(
  stages: string,
  results: Results | undefined,
  seed: number,
): Promise<SpectrumView | undefined> {
  const folder = join(stages, 'spectrum');
  if (!existsSync(join(folder, 'clusters.npy'))) return undefined;
  const [eigenvalues, eigenvectors, clusters] = await Promise.all(
    ['eigenvalues', 'eigenvectors', 'clusters'].map((name) => readNpy(join(folder, `${name}.npy`))),
  );
  const dataset = await readDataset(join(stages, 'data'));
  const { labels, domains, classNames, domainNames, names } = dataset;
  const [count = 0, width = 0] = eigenvectors!.shape;
  if (count !== labels.length || clusters!.data.length !== count)
    throw new Error(`${folder} has ${count} rows, and the run's data ${labels.length}.`);

  const k = results?.figures.find(({ id }) => id === 'spectrum.clusters')?.value;
  const strata = Array.from(labels, (label, i) => `${domains[i]} ${label}`);
  const rows = stratifiedSample(strata, maximumPoints, seed);
  return {
    eigenvalues: Array.from(eigenvalues!.data.subarray(0, Math.min(maximumEigenvalues, Math.max(width, (k ?? 0) + 1)))),
    clusters: k,
    separates: separations(results?.details.spectrum),
    classNames: [...classNames],
    domainNames: [...domainNames],
    matrix: contingency(clusters!.data, labels, classNames.length),
    sample: {
      total: count,
      labels: rows.map((i) => labels[i]!),
      domains: rows.map((i) => domains[i]!),
      clusters: rows.map((i) => clusters!.data[i]!),
      names: rows.map((i) => names[i]!),
      columns: Array.from({ length: Math.min(width, maximumColumns) }, (_, j) =>
        rows.map((i) => Number(eigenvectors!.data[i * width + j]!.toPrecision(5))),
      ),
      thumbnails: await thumbnails(dataset.sampleShape, dataset.values, rows),
    },
  };
}

/** What the stage says that each eigenvector separates. */
function separations(details: Record<string, unknown> | undefined): SpectrumView['separates'] {
  const list = details?.eigenvectors;
  if (!Array.isArray(list)) return undefined;
  return list.map((entry: unknown) => {
    const separates = typeof entry === 'object' && entry !== null && 'separates' in entry ? entry.separates : undefined;
    return separates === 'class' || separates === 'domain' ? separates : 'neither';
  });
}

async function thumbnails(
  [height, width, channels]: readonly number[],
  values: Uint8Array | Float32Array,
  rows: readonly number[],
): Promise<SampleView['thumbnails']> {
  if (height === undefined || width === undefined || !(values instanceof Uint8Array)) return undefined;
  return channels === 1 || channels === 3 ? thumbnailSheet(values, [height, width, channels], rows) : undefined;
}

/** Counts of cluster × class over labelled samples. */
function contingency(clusters: ArrayLike<number>, labels: Int32Array, classes: number): number[][] {
  const rows = Array.from(clusters).reduce((most, cluster) => Math.max(most, cluster + 1), 0);
  const matrix = Array.from({ length: rows }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, i) => {
    if (label >= 0) matrix[clusters[i]!]![label]!++;
  });
  return matrix;
}
