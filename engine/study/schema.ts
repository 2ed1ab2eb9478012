import * as z from 'zod';
import { advantageSchema } from './advantage-schema';
import { finetuneSchema } from './finetune-schema';
import { fraction, type optimizerSchema, path, positiveInteger, type augmentationNames } from './schema-parts';
import { encoderSchema } from './encoder-schema';
import { pretrainSchema } from './pretrain-schema';
import { spectrumSchema } from './spectrum-schema';
import { type supervisedSchema, transferSchema } from './transfer-schema';
import { sweepSchema } from './sweep-schema';

export { advantageSchema, keptEpochs, type AdvantageBlock, type ShiftKind } from './advantage-schema';
export { finetuneMethods, finetuneSchema, type FinetuneBlock, type FinetuneMethod } from './finetune-schema';
export { augmentationNames, augmentationSchema, optimizerSchema } from './schema-parts';
export { createdEncoderSchema, encoderSchema, hasWeights, isImported } from './encoder-schema';
export type { CreatedEncoder, EncoderBlock, ImportedEncoder } from './encoder-schema';
export { objectiveNames, pretrainSchema } from './pretrain-schema';
export { methodNames, supervisedSchema, transferSchema } from './transfer-schema';
export type { MethodEntry, MethodName } from './transfer-schema';
export { connectivitySchema, graphSchema, spectrumSchema } from './spectrum-schema';

/**
 * The study file's one schema. Types, checks, editor completion, hover text and
 * documentation are all derived from it; every default is written here and nowhere else.
 */

const testPath = path.optional().describe('A fixed test set in the same form; otherwise the test set is split off.');

export const domainSchema = z
  .discriminatedUnion('format', [
    z.strictObject({
      format: z
        .literal('folder')
        .describe(
          'Images in one folder a class: <class>/*.png (also .jpg, .webp), or a .tar / .tar.gz of such a folder. Folders train and test (and val) above the classes are a fixed split.',
        ),
      path,
      testPath,
    }),
    z.strictObject({
      format: z.literal('idx').describe('IDX image and label files as MNIST has them, plain or .gz.'),
      images: path,
      labels: path,
      testImages: path.optional(),
      testLabels: path.optional(),
    }),
    z.strictObject({
      format: z
        .literal('npy')
        .describe(
          'NumPy arrays, plain or .gz: values (n,h,w), (n,h,w,c) uint8 for images or (n,d) for features; labels (n,).',
        ),
      values: path,
      labels: path.optional(),
      testValues: path.optional(),
      testLabels: path.optional(),
    }),
    z.strictObject({
      format: z
        .enum(['npz', 'safetensors'])
        .describe('A NumPy archive or a .safetensors file that holds values and labels.'),
      path,
      values: z.string().default('x').describe('Name of the values array in the archive.'),
      labels: z.string().default('y').describe('Name of the labels array in the archive.'),
      testPath,
    }),
    z.strictObject({
      format: z
        .enum(['csv', 'parquet'])
        .describe('A table: one row a sample, one column a feature, one column the label.'),
      path,
      label: z.string().default('label').describe('Name of the label column.'),
      features: z
        .array(z.string())
        .optional()
        .describe('Feature columns; by default every numeric column but the label.'),
      testPath,
    }),
  ])
  .describe('Where the samples of one domain come from.');

export const dataSchema = z
  .strictObject({
    folder: path
      .optional()
      .describe(
        'An image folder with a domain level, <domain>/<class>/*.png, or without one, <class>/*.png. Instead of "domains".',
      ),
    domains: z.record(z.string(), domainSchema).optional().describe('Domains by name. Instead of "folder".'),
    source: z
      .string()
      .optional()
      .describe('The domain whose labels train heads (in distribution, ID). By default the first.'),
    target: z
      .string()
      .optional()
      .describe(
        'The domain that heads are measured on (out of distribution, OOD). Its labels are used for reporting only.',
      ),
    image: z
      .strictObject({
        size: positiveInteger
          .max(512)
          .optional()
          .describe(
            'Side in pixels to which images are resized (antialiased, without keeping the aspect). By default the size of the first image.',
          ),
        channels: z
          .enum(['gray', 'rgb'])
          .optional()
          .describe('By default those of the first image; gray where outlines are drawn.'),
        outlines: z
          .boolean()
          .optional()
          .describe(
            'Draw every image as its outlines, dark on white, when it is read (Sobel gradient, relative to the strongest of the image). ' +
              'Photographs and drawings of the same things are then alike. By default false.',
          ),
      })
      .prefault({}),
    classNames: z.array(z.string()).optional().describe('Names of the classes for label files that hold only numbers.'),
    limit: positiveInteger
      .optional()
      .describe(
        'At most this many training samples a domain, those kept for validation included, drawn by seed and stratified by class.',
      ),
    split: z
      .strictObject({
        validation: fraction.default(0.1).describe('Share of the training samples kept for choosing hyper-parameters.'),
        test: fraction.default(0.2).describe('Share kept for measuring, for domains without a fixed test set.'),
        target: z
          .enum(['split', 'test'])
          .default('split')
          .describe(
            'split: the target is split as every domain, so that methods can learn from its training samples without labels. ' +
              'test: nothing learns from the target, and all its samples are measured on.',
          ),
      })
      .prefault({})
      .describe('Splits are drawn by the seed, stratified by class within each domain.'),
  })
  .describe('What the study looks at.');

export const probeSchema = z.strictObject({
  space: z
    .enum(['features', 'embedding'])
    .default('features')
    .describe(
      'What the heads are fitted on. features: the pool. embedding: after the projection head, as the loss has it.',
    ),
  regularization: z
    .strictObject({
      from: z.number().default(-7).describe('log10 of the smallest C'),
      to: z.number().default(2).describe('log10 of the largest C'),
      count: positiveInteger.default(50),
      choice: z
        .enum(['simplest', 'best'])
        .default('best')
        .describe(
          'best: the best on ID validation, as published. ' +
            'simplest: the smallest C of which ID validation does not say, at one standard error and corrected for their number, that another is better.',
        ),
    })
    .prefault({})
    .describe('C from logspace(from, to, count), chosen on ID validation (Kumar et al. 2022).'),
  randomNetwork: z.boolean().default(true).describe('Also probe the same network before training, as a floor.'),
});

export const studySchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: z.string().min(1).max(120).describe('Shown in the run explorer and in reports.'),
    seed: z.int().min(0).max(0xffffffff).default(0).describe('Everything random is drawn from this seed.'),
    device: z
      .enum(['auto', 'cpu', 'webgpu', 'cuda', 'tensorflow', 'eager'])
      .default('auto')
      .describe(
        'auto: the fastest that is there. cpu, webgpu, cuda: compiled, ONNX Runtime. ' +
          'tensorflow: tfjs-node-gpu or tfjs-node where installed. eager: TensorFlow.js on the CPU, the slow reference.',
      ),
    precision: z
      .enum(['float32', 'mixed'])
      .default('float32')
      .describe(
        'What training computes in. mixed: convolutions and matrix products in float16, weights and all else in float32, ' +
          'with a loss scale that adapts; for webgpu and cuda. Features are always taken in float32.',
      ),
    data: dataSchema,
    encoder: encoderSchema,
    pretrain: pretrainSchema.optional(),
    probe: probeSchema.optional().describe('Linear heads on the frozen features, source and target.'),
    spectrum: spectrumSchema
      .optional()
      .describe('Eigenvectors of the positive-pair graph and the clusters that they show.'),
    transfer: transferSchema
      .optional()
      .describe('How far source labels carry over to the target domain, and the connectivity behind it.'),
    finetune: finetuneSchema
      .optional()
      .describe('Linear probing, fine-tuning, and one after the other: accuracy and distortion of the features.'),
    advantage: advantageSchema
      .optional()
      .describe(
        'Where LP-FT beats FT, and by how much: a map over the quality of the features and the size of a shift.',
      ),
    sweep: sweepSchema.optional(),
  })
  .describe('An Eigenprobe study.');

export type StudyInput = z.input<typeof studySchema>;
/** A study with every default filled in. */
export type Study = z.output<typeof studySchema>;
export type DataBlock = Study['data'];
export type DomainBlock = z.output<typeof domainSchema>;
export type PretrainBlock = z.output<typeof pretrainSchema>;
export type ObjectiveName = PretrainBlock['objective'];
export type ProbeBlock = z.output<typeof probeSchema>;
export type OptimizerBlock = z.output<typeof optimizerSchema>;
export type SupervisedBlock = z.output<typeof supervisedSchema>;
export type TransferBlock = z.output<typeof transferSchema>;
export type SpectrumBlock = z.output<typeof spectrumSchema>;
export type GraphBlock = SpectrumBlock['graph'];
export type AugmentationName = (typeof augmentationNames)[number];
