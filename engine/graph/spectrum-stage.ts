import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from '../data/bytes';
import { writeNpy } from '../data/npy';
import { encoderInputs, networkInputs } from '../model/network';
import type { Stage, StageContext, StageOutput } from '../run/stage';
import { readDataset } from '../data/stored-dataset';
import type { SpectrumBlock, Study } from '../study/schema';
import { connectivityOf } from './connectivity';
import { graphSpectrum } from './graph-spectrum';
import { operatorStage } from './operator-spectrum';
import { reportSpectrum } from './spectrum';

/**
 * Stage 'spectrum': eigenpairs and clusters over all samples of all domains (training, validation and test), of the
 * operator that a representation defines or of an explicit positive-pair graph; what they say about classes and domains.
 * Writes eigenvalues.npy (float64), eigenvectors.npy (n × k, float32, unit columns, rows aligned with the dataset) and
 * clusters.npy (n, int32). For an explicit graph also graph-starts.npy, graph-columns.npy, graph-values.npy (compressed
 * sparse rows) and, where nodes are augmented samples, node-samples.npy (int32) and node-eigenvectors.npy.
 */
export const spectrumStage: Stage = {
  name: 'spectrum',
  inputs(study) {
    const graph = study.spectrum!.graph;
    const onSamples = graph.kind === 'neighbours' && graph.space !== 'pixels';
    // Beside the exact spectrum of a graph on the samples stands the learned one.
    const beside = study.pretrain && graph.kind !== 'views' && graph.kind !== 'shifts';
    const encoded = graph.kind === 'views' && graph.space !== 'pixels';
    const classified = study.spectrum!.connectivity.classifiers !== undefined;
    return [
      'data',
      ...(graph.kind === 'operator' || onSamples || beside ? (['represent'] as const) : []),
      ...(encoded ? networkInputs(study) : classified ? encoderInputs(study) : []),
    ];
  },
  part: (study) => ({
    spectrum: study.spectrum,
    seed: study.seed,
    source: study.data.source,
    target: study.data.target,
    ...(usesNetwork(study.spectrum!) && { encoder: study.encoder, augmentation: study.pretrain?.augmentation }),
  }),
  async fingerprint({ spectrum }, resolvePath) {
    if (spectrum?.graph.kind !== 'edges') return undefined;
    const file = resolvePath(spectrum.graph.path);
    try {
      const { size, mtimeMs } = await stat(file);
      return { size, modifiedMs: mtimeMs };
    } catch (error) {
      throw unreadable(error, file);
    }
  },
  wanted: (study) => study.spectrum !== undefined,
  run,
};

/** Whether anything depends on the encoder's architecture or the pretraining's augmentation. */
function usesNetwork({ graph, connectivity }: SpectrumBlock): boolean {
  return graph.kind === 'views' || connectivity.classifiers !== undefined;
}

async function run(context: StageContext): Promise<StageOutput> {
  const { study, folder, inputs, report } = context;
  const settings = study.spectrum!;
  const dataset = await readDataset(inputs.data!);
  const n = dataset.labels.length;
  const eigenvectors = wantedEigenvectors(study, dataset.classNames.length);
  const { graph } = settings;
  const spectrum =
    graph.kind === 'operator'
      ? await operatorStage(context, dataset, eigenvectors)
      : await graphSpectrum(context, graph, dataset, eigenvectors);
  report.progress(n, n, 'Clusters');
  const result = reportSpectrum(spectrum.operator, dataset, {
    eigenvectors: settings.eigenvectors,
    clusters: settings.clusters,
    seed: study.seed,
    warn: (message) => report.log('warning', message),
    operator: spectrum.meaning,
  });
  const { operator, parts } = spectrum;
  await writeNpy(join(folder, 'eigenvalues.npy'), {
    shape: [operator.eigenvalues.length],
    data: operator.eigenvalues,
  });
  await writeNpy(join(folder, 'eigenvectors.npy'), { shape: [n, operator.count], data: operator.eigenvectors });
  await writeNpy(join(folder, 'clusters.npy'), { shape: [n], data: result.clusters });
  const all = [result, ...parts, ...(await connectivityOf(context, dataset, spectrum.weights))];
  const details = Object.assign({ space: spectrum.space }, ...all.map((part) => part.details)) as Record<
    string,
    unknown
  >;
  // What the user asked for in words, beside the figures.
  for (const sentence of [textIn(details['probeBound'], 'answer'), textIn(details['connectivity'], 'sentence')])
    if (sentence !== undefined) report.log('info', sentence);
  return {
    figures: all.flatMap((part) => part.figures),
    details,
  };
}

function textIn(details: unknown, key: string): string | undefined {
  if (typeof details !== 'object' || details === null || !(key in details)) return undefined;
  const text = (details as Record<string, unknown>)[key];
  return typeof text === 'string' ? text : undefined;
}

function wantedEigenvectors({ spectrum }: Study, classes: number): number {
  const { clusters, eigenvectors } = spectrum!;
  return Math.max(eigenvectors, typeof clusters === 'number' ? clusters : classes);
}
