import * as z from 'zod';
import { augmentationSchema, fraction, path, positiveInteger } from './schema-parts';

/** The study's fine-tuning part: methods and how their distortion is measured. */

export const finetuneMethods = [
  'LP',
  'FT',
  'LP-FT',
  'L2-SP',
  'first-blocks',
  'last-blocks',
  'layer-decay',
  'WiSE-FT',
] as const;

const startingHead = z
  .enum(['random', 'probe'])
  .describe("random: a new head, as FT has it. probe: the linear probe's, as LP-FT has it.");

const l2spSchema = z
  .strictObject({
    strengths: z
      .array(z.number().nonnegative())
      .min(1)
      .default([0.01, 0.1])
      .describe('α of the penalty α/2 ‖w − w₀‖² on the encoder, w₀ its pretrained weights; tried with each rate.'),
    head: z.number().nonnegative().default(0.01).describe('β of the penalty β/2 ‖v‖² on the head, which is new.'),
    start: startingHead.default('random'),
  })
  .prefault({})
  .describe('L2-SP (Li et al. 2018): fine-tuning that is pulled back to the pretrained weights.');

const partialSchema = z
  .strictObject({
    share: fraction
      .default(0.34)
      .describe('Share of the blocks of the encoder that change, at least one; the head changes with them.'),
    start: startingHead.default('probe'),
  })
  .prefault({})
  .describe('first-blocks and last-blocks: surgical fine-tuning (Lee et al. 2023), the other blocks stay as they are.');

const layerDecaySchema = z
  .strictObject({
    factor: z
      .number()
      .gt(0)
      .max(1)
      .default(0.65)
      .describe('Each block learns at so many times the rate of the block after it; the head at the full rate.'),
    start: startingHead.default('random'),
  })
  .prefault({})
  .describe(
    'layer-decay: rates that fall from the head down to the first block (Howard & Ruder 2018; .65: Bao et al. 2022).',
  );

const wiseSchema = z
  .strictObject({
    from: z
      .enum(['LP-FT', 'FT'])
      .default('LP-FT')
      .describe('The fine-tuned end of the line; the other end is the pretrained encoder with the head of LP.'),
    alphas: z
      .array(z.number().min(0).max(1))
      .min(2)
      .default([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
      .describe('Points of the curve: (1 − α) · LP + α · fine-tuned.'),
    alpha: z
      .union([z.number().min(0).max(1), z.literal('validation')])
      .default(0.5)
      .describe('The α whose network stands for the method: .5 as published, or the best on ID validation.'),
  })
  .prefault({})
  .describe('WiSE-FT (Wortsman et al. 2022): weights between the probed and the fine-tuned network.');

const trajectorySchema = z
  .strictObject({
    points: z
      .int()
      .nonnegative()
      .default(8)
      .describe(
        'Steps of training at which accuracy and distortion are measured, closer together at first; 0 for none.',
      ),
    samples: positiveInteger.default(500).describe('At most so many test samples a domain are measured at each.'),
  })
  .prefault({});

const distortionSchema = z
  .strictObject({
    layers: positiveInteger.max(32).default(5).describe('At most so many layers, the features the last of them.'),
    energy: fraction
      .default(0.95)
      .describe('Feature subspaces are spanned by the leading directions that hold this share of Σ ‖f‖².'),
    samples: positiveInteger
      .default(1000)
      .describe('At most so many test samples a domain for what compares whole subspaces and kernels.'),
  })
  .prefault({});

/** What may be compared without training here: all that is no probe of the features before. */
const tunedMethods = ['FT', 'LP-FT', 'L2-SP', 'first-blocks', 'last-blocks', 'layer-decay', 'WiSE-FT'] as const;

const featureFileSchema = z.union([
  path,
  z.strictObject({ path, array: z.string().min(1).describe('Name of the array in a .npz or .safetensors file.') }),
]);

const afterSchema = z
  .partialRecord(z.enum(tunedMethods), z.record(z.string(), featureFileSchema))
  .describe(
    'Features after fine-tuning that was done elsewhere: for each method a file for each domain, whose rows are the samples ' +
      "of that domain in the same order (.npy, .npz, .safetensors, .parquet, .csv). The study's own samples are the features " +
      'before, with the encoder "identity". Nothing is trained but linear heads.',
  );

export const finetuneSchema = z.strictObject({
  methods: z
    .array(z.enum(finetuneMethods))
    .min(1)
    .default(['LP', 'FT', 'LP-FT'])
    .describe(
      'LP: linear probe. FT: everything from a random head. LP-FT: everything from the probe. L2-SP: FT pulled back to the pretrained weights. ' +
        'first-blocks, last-blocks: only these change. layer-decay: lower rates for lower blocks. WiSE-FT: weights between LP and LP-FT.',
    ),
  after: afterSchema.optional(),
  epochs: positiveInteger.default(10),
  batchSize: positiveInteger.min(2).default(64),
  learningRates: z
    .array(z.number().positive())
    .min(1)
    .default([3e-4, 1e-3, 3e-3, 1e-2])
    .describe('Grid; one of them is chosen on ID validation.'),
  choice: z
    .enum(['best', 'simplest'])
    .default('best')
    .describe(
      'Which learning rate is kept. best: the most accurate on ID validation, of equals the smallest (Kumar et al. 2022). ' +
        'simplest: the smallest of which ID validation does not say, at the level of one standard error and corrected for their number, that another is better, as probe.regularization.choice has it for C.',
    ),
  calibrate: z
    .boolean()
    .default(false)
    .describe(
      "Methods that start from the probe's head start from it times the factor that makes the log-loss on ID validation least (temperature scaling, Guo et al. 2017). " +
        'A strongly regularised head predicts as well, but so faintly that fine-tuning first moves the features to make up for it.',
    ),
  refit: z
    .boolean()
    .default(false)
    .describe(
      'Once C and learning rates are chosen, every method, LP among them, learns once more from training and validation samples together.',
    ),
  momentum: z.number().min(0).lt(1).default(0.9),
  weightDecay: z.number().nonnegative().default(0),
  augmentation: augmentationSchema.default('none'),
  batchNorm: z
    .enum(['frozen', 'published'])
    .default('frozen')
    .describe(
      'frozen: every method keeps the running statistics of pretraining, so that methods differ in what they are named for alone. ' +
        'published: only methods that start from the probe keep them, as LP-FT does (Kumar et al. 2022).',
    ),
  earlyStopping: z
    .boolean()
    .default(false)
    .describe(
      'Keep the weights of the trajectory’s step that is best on ID validation, instead of the last (Kumar et al. 2022).',
    ),
  l2sp: l2spSchema,
  partial: partialSchema,
  layerDecay: layerDecaySchema,
  wise: wiseSchema,
  trajectory: trajectorySchema,
  distortion: distortionSchema,
});

export type FinetuneBlock = z.output<typeof finetuneSchema>;
export type FinetuneMethod = FinetuneBlock['methods'][number];
