import * as z from 'zod';
import { augmentationSchema, fraction, optimizerSchema, path, positiveInteger } from './schema-parts';

/** The part of the study's schema that says which graph's spectrum is taken and what is asked of it. */

const neighbourFields = {
  space: z
    .enum(['pixels', 'features', 'embedding'])
    .default('embedding')
    .describe(
      'Where neighbours are near: the given values (pixels as 0…1), the features, or f itself. Without pretraining the features stand in for the embedding.',
    ),
  neighbours: positiveInteger.max(200).default(15).describe('Nearest neighbours of each node.'),
  metric: z.enum(['euclidean', 'cosine']).default('euclidean'),
  kernel: z
    .enum(['gaussian', 'binary'])
    .default('gaussian')
    .describe(
      "Weight of a neighbour. gaussian: exp(−‖x − x′‖²/(σσ′)), σ each node's distance to its last neighbour (Zelnik-Manor and Perona 2004). binary: 1.",
    ),
  symmetry: z
    .enum(['mean', 'mutual'])
    .default('mean')
    .describe('mean: (W + Wᵀ)/2. mutual: only pairs that are among the nearest of each other.'),
  search: z
    .enum(['auto', 'exact', 'approximate'])
    .default('auto')
    .describe('approximate: trees and nearest-neighbour descent, its recall measured on a sample. auto: by size.'),
};

export const graphSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z
        .literal('operator')
        .describe('The low-rank operator that the representation itself defines: weights f(x)ᵀf(x′).'),
    }),
    z.strictObject({
      kind: z.literal('neighbours').describe('Samples joined with their nearest neighbours.'),
      ...neighbourFields,
    }),
    z.strictObject({
      kind: z
        .literal('views')
        .describe(
          'Augmented views as nodes: the views of a sample joined (co-occurrence) and each view joined with its nearest views.',
        ),
      views: z.int().min(2).max(64).default(4).describe('Views of each sample, drawn by the seed.'),
      augmentation: augmentationSchema.optional().describe("By default the pretraining's."),
      share: fraction
        .default(0.5)
        .describe('Share of the total weight that lies on neighbours, the rest on co-occurrence.'),
      ...neighbourFields,
    }),
    z.strictObject({
      kind: z
        .literal('shifts')
        .describe(
          'A finite augmentation set, exactly: every shift of an image (edges repeated), all equally likely. Equal images are one node, and w(x, x′) = E[A(x|s) A(x′|s)] over the samples s.',
        ),
      distance: z.int().min(0).max(16).default(1).describe('Shifts of up to this many pixels along either axis.'),
      flip: z.boolean().default(false).describe('Also mirrored left to right.'),
    }),
    z.strictObject({
      kind: z
        .literal('edges')
        .describe(
          'Your own edges between samples, numbered from 0 in the order of the data (dataset.json of the data stage lists them).',
        ),
      format: z
        .enum(['csv', 'parquet', 'npz'])
        .describe(
          'csv, parquet: one row an edge. npz: arrays of the same names, or a matrix saved by scipy.sparse.save_npz.',
        ),
      path,
      from: z.string().default('from').describe('Column of the start.'),
      to: z.string().default('to').describe('Column of the end.'),
      weight: z.string().default('weight').describe('Column of the weight; without such a column every weight is 1.'),
      direction: z
        .enum(['undirected', 'symmetric'])
        .default('undirected')
        .describe('undirected: each edge is listed once. symmetric: in both directions, with the same weight.'),
    }),
  ])
  .describe('The positive-pair graph whose spectrum is taken.');

export const connectivitySchema = z
  .strictObject({
    bootstrap: z.int().min(20).max(2000).default(200).describe('Resamples behind the intervals.'),
    classifiers: z
      .strictObject({
        pairs: positiveInteger
          .max(200)
          .default(6)
          .describe('Pairs of cells for each of α, β and γ, drawn by the seed.'),
        epochs: positiveInteger.default(10),
        batchSize: positiveInteger.min(2).default(64),
        augmentation: augmentationSchema.optional().describe("By default the pretraining's."),
        optimizer: optimizerSchema,
      })
      .optional()
      .describe(
        'Also as published (Shen et al. 2022): test errors of classifiers trained from scratch to tell two cells apart.',
      ),
  })
  .describe('How strongly classes and domains are connected: ρ, α, β, γ between cells (class × domain).');

export const spectrumSchema = z.strictObject({
  space: z
    .enum(['embedding', 'features'])
    .default('embedding')
    .describe('embedding: after the projection head (f itself). features: before it.'),
  eigenvectors: positiveInteger.default(32).describe('How many leading eigenpairs to report.'),
  clusters: z
    .union([positiveInteger.min(2), z.enum(['classes', 'gap'])])
    .default('classes')
    .describe('Number of clusters: a number, as many as classes, or at the largest eigengap.'),
  graph: graphSchema.prefault({ kind: 'operator' }),
  connectivity: connectivitySchema.prefault({}),
});
