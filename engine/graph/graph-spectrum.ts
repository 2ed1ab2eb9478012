import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeNpy } from '../data/npy';
import type { StoredDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import type { StageContext, StageOutput } from '../run/stage';
import { describeProbeBound, describeSubspace } from './analysis';
import { buildGraph, type ExplicitGraphBlock } from './build/build';
import type { NodeGraph } from './build/node-graph';
import { readRepresentation } from './build/space';
import { graphWeights } from './connectivity/weights';
import type { MeasuredSpectrum } from './measured';
import { nodeSpectrum, type NodeSpectrum } from './node-spectrum';
import { operatorSpectrum } from './operator';
import { disagreement } from './probe-bound';
import { compareSubspaces } from './subspace';

const nothing: StageOutput = { figures: [], details: {} };

/** The spectrum of an explicit graph. Writes the graph, and its nodes' eigenvectors where they are not the samples. */
export async function graphSpectrum(
  context: StageContext,
  block: ExplicitGraphBlock,
  dataset: StoredDataset,
  eigenvectors: number,
): Promise<MeasuredSpectrum> {
  const { study, report, signal } = context;
  const n = dataset.labels.length;
  report.progress(0, n, 'Building the graph');
  const built = await buildGraph(block, dataset, context);
  if (built.graph.columns.length === 0)
    throw new UserError('graph-empty', 'The graph has no edge; give edges with a positive weight.');
  // One more than is reported, for the gap behind the last.
  const spectrum = await nodeSpectrum(built, n, {
    count: eigenvectors + 1,
    seed: study.seed,
    signal,
    progress: (done, total) => report.progress(done, total, 'Eigenpairs'),
  });
  const { pairs } = spectrum;
  warnOf(spectrum, (message) => report.log('warning', message));
  await writeGraph(context.folder, built, spectrum);
  return {
    operator: { eigenvalues: pairs.values, eigenvectors: spectrum.samples, count: pairs.found },
    meaning:
      'Ā = D^-1/2 A D^-1/2 of the graph described in "graph"; eigenvalue 1 has as many eigenvectors as the graph has components.',
    space: typeof built.details['space'] === 'string' ? built.details['space'] : block.kind,
    parts: [describe(built, spectrum), bound(built, spectrum, dataset), await compare(context, built, spectrum, n)],
    weights: {
      meaning: "The graph's edge weights.",
      of: (cells) => graphWeights(built.graph, built.sampleOf, cells),
    },
  };
}

function warnOf({ pairs, report }: NodeSpectrum, warn: (message: string) => void): void {
  if (pairs.status !== 'converged') warn(`The spectrum is not complete: ${pairs.reason ?? 'pairs are missing.'}`);
  const { components, isolated } = report;
  if (isolated > 0) warn(`${isolated} nodes have no edge: their rows of Ā are zero, and their cluster means nothing.`);
  if (components - isolated > 1)
    warn(
      `The graph has ${components - isolated} components (the largest of ${report.largestComponent} of ${report.nodes} nodes): ` +
        'eigenvalue 1 has that many eigenvectors, which tell the components apart and nothing else.',
    );
}

function describe(built: NodeGraph, { report, pairs }: NodeSpectrum): StageOutput {
  const { status, method, resolution, residuals } = pairs;
  const figure = (id: string, label: string, value: number) => ({
    ...{ id: `spectrum.${id}`, label, value, unit: 'count' as const },
  });
  return {
    figures: [
      figure('graph-components', 'Connected components of the graph', report.components),
      ...(report.isolated > 0 ? [figure('graph-isolated', 'Nodes without an edge', report.isolated)] : []),
      ...(built.recall
        ? [
            {
              ...{
                id: 'spectrum.neighbour-recall',
                label: 'Recall of the nearest neighbours',
                unit: 'fraction' as const,
              },
              ...{ value: built.recall.value, samples: built.recall.samples, better: 'higher' as const },
            },
          ]
        : []),
    ],
    details: {
      graph: { ...built.details, ...report },
      solver: {
        ...{ status, method, resolution: Number.isFinite(resolution) ? resolution : null },
        worstResidual: residuals.reduce((a, b) => Math.max(a, b), 0),
      },
    },
  };
}

/** The probe bound on the graph's own eigenvectors, where every node that has weight is labelled. */
function bound({ graph, sampleOf }: NodeGraph, spectrum: NodeSpectrum, dataset: StoredDataset): StageOutput {
  const labels = sampleOf.map((sample) => dataset.labels[sample]!);
  const { pairs, nodeWeights } = spectrum;
  if (labels.some((label) => label < 0) || pairs.found < 2) return nothing;
  return describeProbeBound(
    {
      vectors: pairs.vectors,
      count: pairs.found,
      eigenvalues: pairs.values,
      nodeWeights,
      labels,
      classes: dataset.classNames.length,
      disagreement: disagreement(graph, labels),
    },
    "Φ is the share of the graph's weight between different classes.",
  );
}

/** The learned subspace against the graph's own, where nodes are samples and there is a trained representation. */
async function compare(
  { study, inputs, signal }: StageContext,
  built: NodeGraph,
  { pairs, nodeWeights }: NodeSpectrum,
  n: number,
): Promise<StageOutput> {
  const folder = inputs.represent;
  if (built.augmentations || !study.pretrain || !folder || !existsSync(join(folder, 'embedding.npy'))) return nothing;
  const { values, d, space } = await readRepresentation('embedding', n, folder, () => undefined);
  // Rows of F are √w_x f(x); the operator's rows are f/√n.
  const scaled = values.map((value, at) => value * Math.sqrt(nodeWeights[Math.floor(at / d)]! * n));
  const learned = await operatorSpectrum(scaled, n, d, pairs.found, { signal });
  const k = Math.min(learned.count, Math.max(1, pairs.found - 1));
  if (k === 0) return nothing;
  const result = compareSubspaces(
    ...([learned.eigenvectors, learned.count, pairs.vectors, pairs.found, pairs.values, n, k] as const),
  );
  return describeSubspace(result, space);
}

async function writeGraph(folder: string, { graph, sampleOf, augmentations }: NodeGraph, { pairs }: NodeSpectrum) {
  const write = (name: string, data: Uint32Array | Int32Array | Float32Array, shape = [data.length]) =>
    writeNpy(join(folder, `${name}.npy`), { shape, data });
  await write('graph-starts', graph.starts);
  await write('graph-columns', graph.columns);
  await write('graph-values', graph.values);
  if (!augmentations) return;
  await write('node-samples', sampleOf);
  await write('node-eigenvectors', pairs.vectors, [graph.nodes, pairs.found]);
}
