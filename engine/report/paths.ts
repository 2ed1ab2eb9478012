import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stream } from '../data/random';
import type { StoredDataset } from '../data/stored-dataset';
import { readStoredGraph } from '../graph/stored-graph';
import type { PathAnswer } from '../query/answers';
import { pathBetween } from '../query/path';

/** Paths that a report shows. */
const mostPaths = 4;
/** Finding paths in larger graphs would take longer than writing the rest of the report. */
const mostSamples = 60_000;
const neighbours = 15;

/**
 * Shortest paths for the report: for some classes, from a sample of the first domain to one of the second; with one
 * domain, from class to class. Samples are drawn from the seed. None where the run has neither graph nor representation.
 */
export async function reportPaths(stages: string, dataset: StoredDataset, seed: number): Promise<PathAnswer[]> {
  const { labels, domains, classNames, domainNames } = dataset;
  const hasGraph = existsSync(join(stages, 'spectrum', 'graph-starts.npy'));
  const hasSpectrum = existsSync(join(stages, 'spectrum', 'clusters.npy'));
  if (!hasSpectrum || (!hasGraph && !existsSync(join(stages, 'represent', 'features.npy')))) return [];
  if (labels.length > mostSamples || labels.length < 3) return [];
  const stored = await readStoredGraph(stages, dataset, { neighbours, seed });
  const draw = (label: number, domain: number): number | undefined => {
    const rows = [...labels.keys()].filter((i) => labels[i] === label && domains[i] === domain);
    return rows.length > 0 ? rows[stream(seed, 'report', 'path', label, domain).below(rows.length)] : undefined;
  };
  const across = domainNames.length > 1;
  const found: PathAnswer[] = [];
  for (let label = across ? 0 : 1; label < classNames.length && found.length < mostPaths; label++) {
    const [from, to] = across ? [draw(label, 0), draw(label, 1)] : [draw(label - 1, 0), draw(label, 0)];
    if (from !== undefined && to !== undefined) found.push(pathBetween(stored, from, to));
  }
  return found;
}
