import * as z from 'zod';
import { positiveInteger } from './schema-parts';

/** The study's advantage map: where LP-FT beats FT, over the features' quality and the size of the shift. */

export const shiftKinds = ['rotation', 'noise', 'blur', 'contrast', 'negative', 'hue'] as const;

const qualitySchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z
        .literal('noise')
        .describe(
          'The pretrained weights with normal noise: w + level · deviation(w) · n, scaled back to the norm of w.',
        ),
      levels: z.array(z.number().nonnegative()).min(1).default([0, 0.5, 1, 2]).describe('0: as pretrained.'),
    }),
    z.strictObject({
      kind: z.literal('epochs').describe('The network as it was after so many epochs of pretraining.'),
      epochs: z
        .array(z.int().nonnegative())
        .min(1)
        .describe('0: before pretraining. Pretraining keeps the network after each of the others.'),
    }),
  ])
  .prefault({ kind: 'noise' })
  .describe('How the quality of the features is varied.');

const shiftSchema = z.strictObject({
  kind: z
    .enum(shiftKinds)
    .describe(
      'rotation: degrees. noise: deviation of normal noise, pixels being 0…1 (feature vectors: in deviations of the values). blur: deviation in pixels. ' +
        'contrast: share that is taken away. negative: share of the negative. hue: half turns of the colour circle. ' +
        'Feature vectors know noise alone.',
    ),
  sizes: z.array(z.number().positive()).min(1),
});

export const advantageSchema = z
  .strictObject({
    quality: qualitySchema,
    shifts: z
      .array(shiftSchema)
      .optional()
      .describe(
        "Changes of the source's test samples. By default rotation by 15 and 45 degrees, noise of .1 and .3 and the negative by .4 and 1; for feature vectors noise of .5, 1 and 2.",
      ),
    target: z.boolean().default(true).describe('Measure on the target domain too, where there is one.'),
    seeds: positiveInteger.max(100).default(3).describe('Repetitions of each cell: head, order of samples, noise.'),
    samples: positiveInteger.default(500).describe('At most so many test samples for each shift.'),
    epochs: positiveInteger.optional().describe('Of fine-tuning. By default those of finetune.'),
    learningRates: z
      .array(z.number().positive())
      .min(1)
      .optional()
      .describe('Grid for both methods, chosen on ID validation for each cell. By default that of finetune.'),
  })
  .describe('A map of LP-FT minus FT.');

export type AdvantageBlock = z.output<typeof advantageSchema>;
export type ShiftKind = (typeof shiftKinds)[number];

/** Epochs after which pretraining keeps its network, for the map. */
export function keptEpochs(study: { readonly advantage?: AdvantageBlock }): number[] {
  const quality = study.advantage?.quality;
  return quality?.kind === 'epochs' ? quality.epochs.filter((epoch) => epoch > 0) : [];
}
