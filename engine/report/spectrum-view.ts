import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NumericArray } from '../data/array';
import { readNpy } from '../data/npy';
import { readJson } from '../run/atomic';
import type { Figure } from '../run/format';
import type { SampleView, SpectrumView } from './payload';
import { stratifiedSample } from './sample';
import { thumbnailSheet } from './thumbnails';

/** Points in the scatter plot: enough to see the clusters, few enough to carry a thumbnail of each. */
const maximumPoints = 800;
/** Eigenvectors that the scatter's axes offer. */
const maximumColumns = 8;

interface DataDescription {
  sampleShape: number[];
  classNames: string[];
  domainNames: string[];
  names: string[];
}

/** What the spectrum stage of a run found; undefined where it has not run. */
export async function spectrumView(
  stages: string,
  figures: readonly Figure[],
  seed: number,
): Promise<SpectrumView | undefined> {
  const read = async (path: string): Promise<NumericArray | undefined> =>
    existsSync(join(stages, path)) ? readNpy(join(stages, path)) : undefined;
  const eigenvalues = await read('spectrum/eigenvalues.npy');
  if (!eigenvalues) return undefined;
  const view: SpectrumView = {
    eigenvalues: Array.from(eigenvalues.data),
    clusters: figures.find(({ id }) => id === 'spectrum.clusters')?.value,
    classNames: [],
    domainNames: [],
  };
  const description = (await readJson(join(stages, 'data/dataset.json'))) as DataDescription | undefined;
  const [labels, domains, vectors, clusters] = await Promise.all(
    ['data/labels.npy', 'data/domains.npy', 'spectrum/eigenvectors.npy', 'spectrum/clusters.npy'].map(read),
  );
  if (!description || !labels || !domains || !vectors) return view;
  view.classNames = description.classNames;
  view.domainNames = description.domainNames;

  const [count = 0, width = 0] = vectors.shape;
  // A spectrum over some of the samples says which: row i of its arrays is sample rows[i].
  const rows = (await read('spectrum/rows.npy'))?.data ?? (count === labels.data.length ? undefined : null);
  if (rows === null) return view;
  const sampleOf = (i: number): number => rows?.[i] ?? i;

  const strata = Array.from({ length: count }, (_, i) => `${domains.data[sampleOf(i)]} ${labels.data[sampleOf(i)]}`);
  const chosen = stratifiedSample(strata, maximumPoints, seed);
  view.sample = {
    total: count,
    labels: chosen.map((i) => labels.data[sampleOf(i)]!),
    domains: chosen.map((i) => domains.data[sampleOf(i)]!),
    clusters: clusters && chosen.map((i) => clusters.data[i]!),
    names: chosen.map((i) => description.names[sampleOf(i)] ?? `sample ${sampleOf(i)}`),
    columns: Array.from({ length: Math.min(width, maximumColumns) }, (_, j) =>
      chosen.map((i) => Number(vectors.data[i * width + j]!.toPrecision(5))),
    ),
    thumbnails: await thumbnails(stages, description.sampleShape, chosen.map(sampleOf)),
  };
  if (clusters)
    view.matrix = contingency(clusters.data, count, (i) => labels.data[sampleOf(i)]!, view.classNames.length);
  return view;
}

async function thumbnails(
  stages: string,
  shape: readonly number[],
  rows: readonly number[],
): Promise<SampleView['thumbnails']> {
  const [height, width, channels] = shape;
  const file = join(stages, 'data/values.npy');
  if (height === undefined || width === undefined || channels === undefined || !existsSync(file)) return undefined;
  const values = (await readNpy(file)).data;
  if (!(values instanceof Uint8Array) || (channels !== 1 && channels !== 3)) return undefined;
  return thumbnailSheet(values, [height, width, channels], rows);
}

/** Counts of cluster × class over labelled samples. */
function contingency(
  clusters: ArrayLike<number>,
  count: number,
  labelOf: (i: number) => number,
  classes: number,
): number[][] {
  const rows = Math.max(-1, ...new Set(Array.from(clusters))) + 1;
  const matrix = Array.from({ length: rows }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < count; i++) {
    const label = labelOf(i);
    const row = matrix[clusters[i]!];
    if (row && label >= 0 && label < classes) row[label]!++;
  }
  return matrix;
}
