import type { Figure } from '../run/format';

/** What the engine answers about a finished run, as views read it. Files lie below the run directory. */

export const projectionMethods = ['pca', 'umap'] as const;
export type ProjectionMethod = (typeof projectionMethods)[number];
export const projectionSpaces = ['features', 'embedding', 'eigenvectors', 'finetune'] as const;
export type ProjectionSpace = (typeof projectionSpaces)[number];

/** A picture of the samples in two dimensions. */
export interface ProjectionAnswer {
  method: ProjectionMethod;
  space: ProjectionSpace;
  /** Samples that there are, and how many of them were projected: a stratified sample where they are many. */
  total: number;
  count: number;
  /** count × 2, float32; of the space `finetune`, where pretraining had put the samples. */
  file: string;
  /** Dataset rows of the projected samples, int32. */
  rows: string;
  /** Of PCA: the share of the variance along each axis. */
  explained?: number[];
  /** Of the space `finetune`: count × 2, float32, by method, where fine-tuning has moved the samples. */
  after?: Record<string, string>;
}

/** Clusters for another number k. */
export interface ClustersAnswer {
  k: number;
  /** λ_k − λ_{k+1}; null where λ_{k+1} was not computed. */
  gap: number | null;
  figures: Omit<Figure, 'stage'>[];
  /** Samples by [cluster][class] and [cluster][domain]; absent without labels, or with one domain. */
  contingency?: number[][];
  domainContingency?: number[][];
  /** Class that each cluster is matched to, −1 for none. */
  classOfCluster?: number[];
  /** int32, one cluster a sample. */
  file: string;
}

/** The shortest path between two samples through the run's graph. */
export interface PathAnswer {
  /** What the graph is, in words. */
  graph: string;
  from: number;
  to: number;
  /** Sum of the steps' lengths; null where there is no path. */
  length: number | null;
  /** Rows from start to end, and the weight of the step to each. */
  path: { row: number; weight?: number }[] | null;
}
