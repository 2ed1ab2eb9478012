import * as z from 'zod';
import { augmentationSchema, fraction, optimizerSchema, positiveInteger } from './schema-parts';

/** The part of the study's schema that says how an encoder is pretrained. */

export const objectiveNames = [
  'spectral',
  'simclr',
  'swav',
  'simsiam',
  'byol',
  'barlow-twins',
  'vicreg',
  'supervised',
  'dann',
] as const;

const width = positiveInteger
  .default(512)
  .describe('Width of each of the three layers of its projection. Published: 8192 for 2048 features.');

export const pretrainSchema = z
  .strictObject({
    objective: z
      .enum(objectiveNames)
      .default('spectral')
      .describe(
        'spectral: L(f) = −2 E[f(x)ᵀf(x⁺)] + E[(f(x)ᵀf(x′))²] (HaoChen et al. 2021). simclr: NT-Xent (Chen et al. 2020). ' +
          'swav: swapped prototype assignments (Caron et al. 2020). simsiam (Chen & He 2021). byol (Grill et al. 2020). ' +
          'barlow-twins (Zbontar et al. 2021). vicreg (Bardes et al. 2022). ' +
          "supervised: cross-entropy on the source's labels, as a baseline. " +
          "dann: the same, with the target's features made hard to tell from the source's (Ganin et al. 2016).",
      ),
    mu: z
      .number()
      .positive()
      .default(3)
      .describe('For spectral. μ: representations longer than √μ are rescaled to √μ.'),
    sigma: z
      .number()
      .positive()
      .default(1)
      .describe('For spectral. σ of E‖f(x) − f(x⁺)‖² + σ‖E[ffᵀ] − I‖² (HaoChen et al. 2022); 1 is the loss of 2021.'),
    simclr: z
      .strictObject({ temperature: z.number().positive().default(0.5).describe('τ; published .5 for small images.') })
      .prefault({}),
    swav: z
      .strictObject({
        prototypes: positiveInteger.min(2).default(3000),
        temperature: z.number().positive().default(0.1).describe('τ of the predictions.'),
        epsilon: z.number().positive().default(0.05).describe('ε of the assignments: exp(scores/ε).'),
        rounds: positiveInteger.default(3).describe('Rounds of Sinkhorn.'),
        frozenSteps: z
          .int()
          .nonnegative()
          .optional()
          .describe('Steps before the prototypes move. By default one epoch; published 313, one epoch of ImageNet.'),
        localViews: z
          .int()
          .nonnegative()
          .max(16)
          .default(0)
          .describe('Multi-crop: views of small crops, enlarged to the size of the others. Published: none, or 6.'),
        localScale: z
          .tuple([fraction, fraction])
          .default([0.05, 0.14])
          .describe('Smallest and largest share of the area that a small crop shows.'),
      })
      .prefault({}),
    byol: z
      .strictObject({
        momentum: fraction
          .default(0.996)
          .describe('Weight that the target network keeps of itself at a step; it rises to 1 by a half cosine.'),
      })
      .prefault({}),
    barlowTwins: z
      .strictObject({ lambda: z.number().positive().default(0.005).describe('Weight of the off-diagonal.'), width })
      .prefault({}),
    vicreg: z
      .strictObject({
        invariance: z.number().nonnegative().default(25),
        variance: z.number().nonnegative().default(25),
        covariance: z.number().nonnegative().default(1),
        width,
      })
      .prefault({}),
    dann: z
      .strictObject({
        discriminator: positiveInteger.default(1024).describe('Width of its two hidden layers.'),
        lambda: z.number().nonnegative().default(1).describe('Weight of the reversed gradient in the end.'),
        gamma: z
          .number()
          .positive()
          .default(10)
          .describe('γ of its rise over the share p of training: λ · (2 / (1 + exp(−γp)) − 1).'),
      })
      .prefault({}),
    domains: z
      .union([z.literal('all'), z.array(z.string()).min(1)])
      .optional()
      .describe('Domains to pretrain on without labels. By default source and target together. all: every domain.'),
    epochs: positiveInteger.default(10),
    batchSize: positiveInteger.min(2).default(256),
    optimizer: optimizerSchema,
    projection: z
      .strictObject({ hidden: positiveInteger.default(256), output: positiveInteger.default(128) })
      .prefault({})
      .describe(
        'The MLP between features and f: hidden (batch norm, ReLU), output. barlow-twins and vicreg have their own.',
      ),
    augmentation: augmentationSchema.default('strong'),
    monitor: z
      .strictObject({
        evaluations: z.int().nonnegative().max(100).default(10).describe('How often; 0 leaves it out.'),
        neighbours: positiveInteger.default(200),
        temperature: z.number().positive().default(0.1),
        samples: positiveInteger.default(1000).describe('At most so many training samples that vote.'),
      })
      .prefault({})
      .describe(
        'During training, the accuracy of a weighted nearest-neighbour vote of the source on its validation samples.',
      ),
    checkpointSteps: positiveInteger
      .default(50)
      .describe('A kill loses at most this many steps… a checkpoint is written this often.'),
  })
  .describe('Pretraining, without labels but for the objectives "supervised" and "dann".');

/** Settings that one objective alone reads. */
const ownSettings = {
  spectral: ['mu', 'sigma'],
  simclr: ['simclr'],
  swav: ['swav'],
  simsiam: [],
  byol: ['byol'],
  'barlow-twins': ['barlowTwins'],
  vicreg: ['vicreg'],
  supervised: [],
  dann: ['dann'],
} as const;

/** The settings that play a part, without those of the other objectives. */
export function relevantSettings(pretrain: z.output<typeof pretrainSchema>): Record<string, unknown> {
  const others = Object.entries(ownSettings)
    .filter(([objective]) => objective !== pretrain.objective)
    .flatMap(([, names]) => names as readonly string[]);
  return Object.fromEntries(Object.entries(pretrain).filter(([name]) => !others.includes(name)));
}
