import * as z from 'zod';
import { objectiveNames } from './pretrain-schema';
import { augmentationSchema, optimizerSchema, positiveInteger } from './schema-parts';
import { connectivitySchema } from './spectrum-schema';

/** The part of the study's schema that says how transfer between domains is measured, and beside which methods. */

export const supervisedSchema = z.strictObject({
  epochs: positiveInteger.default(10),
  batchSize: positiveInteger.min(2).default(128),
  optimizer: optimizerSchema,
  augmentation: augmentationSchema
    .optional()
    .describe("By default the pretraining's augmentation, so that methods are compared under the same one."),
});

export const methodNames = ['source-only', ...objectiveNames] as const;
type MethodName = (typeof methodNames)[number];

const extraNames = objectiveNames
  .filter((name) => name !== 'supervised' && name !== 'dann')
  .map((name) => `${name}+extra` as const);

const methodSchema = z.union([
  z
    .enum([...methodNames, ...extraNames])
    .describe(
      'source-only: trained from scratch on labels of the source. dann: domain-adversarial training. ' +
        'Any other: pretraining by that objective, with the settings of "pretrain", then a head on the source. ' +
        '+extra: the same, pretrained on every domain of the data.',
    ),
  z
    .strictObject({
      method: z.enum(methodNames),
      name: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/)
        .max(40)
        .optional()
        .describe('Letters, digits, "+", ".", "_" and "-". By default made of the method and what is set here.'),
      domains: z
        .union([z.literal('all'), z.array(z.string()).min(1)])
        .optional()
        .describe("Domains to pretrain on. By default the pretraining's."),
      augmentation: augmentationSchema.optional(),
      epochs: positiveInteger.optional(),
      batchSize: positiveInteger.min(2).optional(),
      learningRate: z.number().positive().optional(),
    })
    .describe('A method with settings that differ from those of "pretrain" or "transfer.sourceOnly".'),
]);

export const transferSchema = z.strictObject({
  methods: z
    .array(methodSchema)
    .default(['source-only'])
    .describe("Methods beside the study's own pretraining. Each is trained, cached and resumed on its own."),
  domains: z
    .array(z.string())
    .min(2)
    .optional()
    .describe(
      'Every ordered pair of these domains is measured, source × target; source and target are two of them. By default source to target alone.',
    ),
  space: z
    .enum(['features', 'embedding'])
    .default('features')
    .describe('What linear heads are fitted on. features: the pool. embedding: after the projection head.'),
  heads: z
    .array(z.enum(['linear', 'voting', 'averaging', 'finetune']))
    .min(1)
    .default(['linear'])
    .describe(
      'Heads on each pretrained representation, from labels of the source. linear: logistic regression. ' +
        'voting: logistic regression on random views, and the class that most views of a sample vote for (HaoChen et al. 2021); classifiers that came with their network vote too. ' +
        'averaging: preconditioned feature averaging (HaoChen et al. 2022). ' +
        'finetune: the whole network, from the linear head on, under the running statistics of pretraining (LP-FT).',
    ),
  voting: z
    .strictObject({
      trainingViews: positiveInteger
        .max(64)
        .default(4)
        .describe('Views of each labelled sample that a head learns from.'),
      votes: positiveInteger.max(1024).default(16).describe('Views that vote for the class of a sample.'),
      augmentation: augmentationSchema
        .optional()
        .describe("By default the one that the method's network was trained with."),
    })
    .prefault({}),
  averaging: z
    .strictObject({
      steps: z
        .array(positiveInteger.max(64))
        .min(1)
        .default([1, 2, 3, 4, 6, 8])
        .describe('t: the head is E[1{y = i} Σ^(t−1) f(x)]. The best on source validation is kept.'),
    })
    .prefault({}),
  finetune: supervisedSchema
    .extend({
      epochs: positiveInteger.default(5),
      optimizer: optimizerSchema
        .unwrap()
        .extend({ learningRate: z.number().positive().default(3e-4) })
        .prefault({}),
    })
    .prefault({})
    .describe('How the head "finetune" is trained.'),
  sourceOnly: supervisedSchema
    .prefault({})
    .describe('Training from scratch on source labels, of source-only and dann.'),
  oracle: z
    .boolean()
    .default(false)
    .describe(
      'Also what linear heads would reach if C were chosen on labels of the target. Figures of their own, so that nobody takes them for a result.',
    ),
  distinguishability: z
    .boolean()
    .default(true)
    .describe('How well a linear classifier tells domains apart on each representation, and how well classes.'),
  connectivity: connectivitySchema
    .optional()
    .describe('α/γ and β/γ of every pair of domains beside its target accuracy, with their correlation.'),
});

export type MethodEntry = z.output<typeof methodSchema>;
export type { MethodName };
