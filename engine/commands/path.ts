import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readStoredGraph } from '../graph/stored-graph';
import { findSample } from '../graph/find-sample';
import { readDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import { pathBetween } from '../query/path';
import { findRun, runFiles } from '../run/directory';
import { significant } from '../terminal/numbers';
import { print, printJson } from './output';
import { findWorkspace } from './workspace';

/** `eigenprobe path <run> <a> <b>`: the samples along the shortest path between two, or that there is none. */
export async function path(
  reference: string,
  a: string,
  b: string,
  flags: { json?: boolean; workspace?: string; neighbours: number },
): Promise<void> {
  const { directory, record } = await findRun(findWorkspace(flags.workspace, '.'), reference);
  const stages = join(directory, runFiles.stages);
  if (!existsSync(join(stages, 'data', 'dataset.json')))
    throw new UserError('path-data', `Run ${record.id} has read no data yet; wait for its data stage, or resume it.`);
  const dataset = await readDataset(join(stages, 'data'));
  const [from, to] = [findSample(dataset, a), findSample(dataset, b)];
  const stored = await readStoredGraph(stages, dataset, { neighbours: flags.neighbours, seed: record.seed });
  const answer = pathBetween(stored, from, to);
  const samples = answer.path?.map(({ row, ...step }) => ({
    row,
    name: dataset.names[row]!,
    class: dataset.labels[row]! < 0 ? null : dataset.classNames[dataset.labels[row]!]!,
    domain: dataset.domainNames[dataset.domains[row]!]!,
    ...step,
  }));
  if (flags.json) {
    printJson({ run: record.id, ...answer, path: samples ?? null });
    return;
  }
  print(`Graph: ${stored.meaning}`);
  if (!samples) {
    print(`There is no path from ${dataset.names[from]} to ${dataset.names[to]}: they lie in different components.`);
    return;
  }
  print(`${samples.length - 1} steps, length ${significant(answer.length!)}`);
  for (const sample of samples) {
    const weight = sample.weight === undefined ? '' : `  weight ${significant(sample.weight)}`;
    print(`  ${sample.name}  ${sample.class ?? 'no label'}, ${sample.domain}${weight}`);
  }
}
