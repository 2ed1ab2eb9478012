import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isImage } from '../data/dataset';
import { readNpy } from '../data/npy';
import { stratifiedSample } from '../data/stratified-sample';
import { readDataset, type StoredDataset } from '../data/stored-dataset';
import { runFiles, type RunEntry } from '../run/directory';
import { stageNames, type Results } from '../run/format';
import type { ProjectionAnswer } from '../query/answers';
import { embedArray, rowsOf, type Numbers } from './embed-array';
import { reportPaths } from './paths';
import type { EmbeddedSample } from './payload';
import { reportProjections } from './projections';
import { thumbnailSheet } from './thumbnails';

/** Points in the scatter plot: enough to see the clusters, few enough to carry a thumbnail of each. */
const maximumPoints = 800;
/** Columns of an array with one row a sample; the first eigenvectors are what one looks at. */
const maximumColumns = 8;
/** Of lists that have no row a sample. */
const maximumLength = 4096;
/** Eigenvectors whose extreme samples are shown. */
const galleryVectors = 8;

/** What a report carries of a run's samples and arrays; undefined before the data stage has finished. */
export async function embedSample(run: RunEntry, details: Results['details']): Promise<EmbeddedSample | undefined> {
  const stages = join(run.directory, runFiles.stages);
  if (!existsSync(join(stages, 'data', 'dataset.json'))) return undefined;
  const dataset = await readDataset(join(stages, 'data'));
  const { labels, domains, splits, names, sampleShape, classNames, domainNames } = dataset;
  const n = labels.length;
  const strata = Array.from(labels, (label, i) => `${domains[i]} ${label}`);
  const drawn = stratifiedSample(strata, maximumPoints, run.record.seed);
  const paths = await reportPaths(stages, dataset, run.record.seed);
  const projections = await reportProjections(run, maximumPoints);
  const rows = [
    ...new Set([
      ...drawn,
      ...extremes(details),
      ...paths.flatMap(({ path }) => (path ?? []).map(({ row }) => row)),
      ...projections.flatMap((projection) => [...projection.rows]),
    ]),
  ]
    .filter((row) => row < n)
    .sort((a, b) => a - b);
  const place = new Map(rows.map((row, i) => [row, i]));
  const arrays = await embedArrays(stages, n, rows);
  const described = projections.map(({ answer, rows: own, files }): ProjectionAnswer => {
    for (const [name, array] of Object.entries(files)) arrays[name] = array;
    return { ...answer, count: own.length };
  });
  return {
    total: n,
    rows,
    drawn: drawn.map((row) => place.get(row)!),
    sampleShape: [...sampleShape],
    classNames: [...classNames],
    domainNames: [...domainNames],
    labels: rows.map((row) => labels[row]!),
    domains: rows.map((row) => domains[row]!),
    splits: rows.map((row) => splits[row]!),
    names: rows.map((row) => names[row]!),
    arrays,
    projections: described,
    paths,
    thumbnails: await thumbnails(dataset, rows),
  };
}

/** Rows of the samples at the ends of the leading eigenvectors. */
function extremes({ spectrum }: Results['details']): number[] {
  const list = spectrum?.['eigenvectors'];
  if (!Array.isArray(list)) return [];
  return list
    .slice(0, galleryVectors)
    .flatMap((entry: { ends?: { low?: unknown; high?: unknown } }) =>
      [entry.ends?.low, entry.ends?.high].flatMap((end) =>
        Array.isArray(end) ? end.filter((row): row is number => Number.isInteger(row)) : [],
      ),
    );
}

async function embedArrays(stages: string, n: number, rows: readonly number[]): Promise<EmbeddedSample['arrays']> {
  const arrays: EmbeddedSample['arrays'] = {};
  for (const stage of stageNames) {
    // Images and features are large, and views do not draw them as they are.
    if (stage === 'data' || stage === 'represent' || stage === 'pretrain') continue;
    const files = (await readdir(join(stages, stage)).catch((): string[] => [])).sort();
    const tested = files.includes('rows.npy') ? (await readNpy(join(stages, stage, 'rows.npy'))).shape[0] : undefined;
    for (const file of files) {
      const name = /^(?!graph-|node-|losses|features)(.+)\.npy$/.exec(file)?.[1];
      if (name === undefined) continue;
      const { shape, data } = await readNpy(join(stages, stage, file));
      const numbers = data as Numbers;
      const [length = 0, width = 1] = shape;
      if (shape.length > 2) continue;
      if (length === n) arrays[`${stage}/${name}`] = rowsOf(numbers, width, rows, maximumColumns, shape.length);
      else if (length === tested || numbers.length <= maximumLength)
        arrays[`${stage}/${name}`] = embedArray(shape, numbers);
    }
  }
  return arrays;
}

async function thumbnails(dataset: StoredDataset, rows: readonly number[]): Promise<EmbeddedSample['thumbnails']> {
  const { values, sampleShape } = dataset;
  const [height = 0, width = 0, channels = 0] = sampleShape;
  if (!isImage(dataset) || !(values instanceof Uint8Array) || rows.length === 0) return undefined;
  return channels === 1 || channels === 3 ? thumbnailSheet(values, [height, width, channels], rows) : undefined;
}
