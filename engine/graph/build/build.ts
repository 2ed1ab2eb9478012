import type { StoredDataset } from '../../data/stored-dataset';
import type { StageContext } from '../../run/stage';
import type { GraphBlock } from '../../study/schema';
import { nearestNeighbours, type Neighbours } from '../knn';
import { coOccurrence } from './co-occurrence';
import { readEdges } from './edge-file';
import { neighbourGraph } from './neighbour-weights';
import type { NodeGraph } from './node-graph';
import { shiftGraph } from './shifts';
import { encodeRows, samplesIn, type SpaceRows } from './space';
import { blend, drawViews } from './views';

/** A graph that is made of nodes and edges, unlike the operator. */
export type ExplicitGraphBlock = Exclude<GraphBlock, { kind: 'operator' }>;
type NeighbourBlock = Extract<GraphBlock, { kind: 'neighbours' | 'views' }>;

/** Builds the graph that the study's spectrum block asks for. Throws UserError, Cancelled. */
export async function buildGraph(
  block: ExplicitGraphBlock,
  dataset: StoredDataset,
  context: StageContext,
): Promise<NodeGraph> {
  const { study, signal, resolvePath } = context;
  const n = dataset.labels.length;
  const self = Int32Array.from({ length: n }, (_, i) => i);
  switch (block.kind) {
    case 'neighbours': {
      const rows = await samplesIn(block.space, dataset, context);
      const found = await search(block, rows, n, context);
      return { graph: neighbourGraph(found, n, block), sampleOf: self, ...describeSearch(block, rows, found) };
    }
    case 'views': {
      const augmentation = block.augmentation ?? study.pretrain?.augmentation ?? 'none';
      if (augmentation === 'none')
        context.report.log(
          'warning',
          'Without an augmentation all views of a sample are the same; set graph.augmentation.',
        );
      const views = drawViews(dataset, augmentation, block.views, study.seed);
      const rows = await encodeRows(block.space, views.values, dataset, context);
      const found = await search(block, rows, views.count, context);
      const { details, recall } = describeSearch(block, rows, found);
      const near = neighbourGraph(found, views.count, block);
      return {
        graph: blend(coOccurrence(views.augmentations, views.count), near, block.share),
        sampleOf: views.sampleOf,
        augmentations: views.augmentations,
        details: { ...details, views: block.views, augmentation, share: block.share },
        ...(recall && { recall }),
      };
    }
    case 'shifts':
      return shiftGraph(dataset, block, signal);
    case 'edges':
      return {
        graph: await readEdges(block, resolvePath(block.path), n, signal),
        sampleOf: self,
        details: { kind: 'edges', path: block.path, format: block.format, direction: block.direction },
      };
  }
}

async function search(
  block: NeighbourBlock,
  { values, d }: SpaceRows,
  n: number,
  { study, report, signal }: StageContext,
): Promise<Neighbours> {
  return nearestNeighbours(values, n, d, {
    k: block.neighbours,
    metric: block.metric,
    method: block.search,
    seed: study.seed,
    signal,
    progress: (done, total) => report.progress(Math.min(done, total), total, 'Nearest neighbours'),
  });
}

function describeSearch(
  block: NeighbourBlock,
  { space, d }: SpaceRows,
  { method, recall, rounds }: Neighbours,
): Pick<NodeGraph, 'details' | 'recall'> {
  const { kind, neighbours, metric, kernel, symmetry } = block;
  return {
    details: {
      kind,
      space,
      dimensions: d,
      nearest: neighbours,
      metric,
      kernel,
      symmetry,
      search: { method, rounds, recall },
    },
    ...(method === 'approximate' && { recall }),
  };
}
