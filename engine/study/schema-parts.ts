import * as z from 'zod';

/** Forms that several parts of the study's schema share. */

export const path = z
  .string()
  .min(1)
  .describe(
    'Path relative to the study file. It may not leave the workspace unless it starts with ${NAME}, ' +
      'where NAME is an environment variable that you set to a folder you allow.',
  );

export const positiveInteger = z.int().positive();
export const fraction = z.number().gt(0).lt(1);

export const optimizerSchema = z
  .strictObject({
    name: z.enum(['sgd', 'adamw']).default('adamw'),
    learningRate: z.number().positive().default(2e-3),
    weightDecay: z.number().nonnegative().default(1e-4),
    momentum: z.number().min(0).lt(1).default(0.9).describe('For sgd.'),
    warmupSteps: z.int().nonnegative().default(30).describe('Steps of linear warm-up before the cosine decay to zero.'),
  })
  .prefault({});

export const augmentationNames = ['simclr', 'byol', 'strong', 'light', 'flip', 'vector', 'vector-mix', 'none'] as const;
export const augmentationSchema = z
  .enum(augmentationNames)
  .describe(
    'simclr: the published set (resized crop .2–1, flip, colour jitter, grayscale, blur above 32 px). ' +
      'byol: the same with a smaller crop and solarisation. ' +
      'strong and light: affine sets without flips, safe for digits and drawings. ' +
      'flip: every second image mirrored, nothing else. ' +
      'vector: noise and masking for feature vectors. vector-mix: mixed with other samples too. none.',
  );
