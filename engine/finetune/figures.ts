import type { TestSet } from '../probe';
import type { StageOutput } from '../run/stage';
import type { FinetuneMethod } from '../study/schema';
import { featureMoves } from './distortion/move';
import type { MethodDistortion } from './distortion/reference';
import { finiteMean } from './setting';

type Figures = StageOutput['figures'];

/**
 * Distortion of the features as figures, for each test set and method.
 * @param moves Euclidean moves of the tests' samples, one set after the other
 * @param pretrained their pretrained features, m × d
 */
export function distortionFigures(
  tests: readonly TestSet[],
  moves: ReadonlyMap<FinetuneMethod, Float64Array>,
  distortions: ReadonlyMap<FinetuneMethod, MethodDistortion>,
  pretrained: { readonly before: Float32Array; readonly d: number },
): Figures {
  const { before, d } = pretrained;
  const norms = featureMoves(new Float32Array(before.length), before, d);
  let start = 0;
  const parts = tests.map((test) => {
    const [from, to] = [start, (start += test.rows.length)];
    const common = { domain: test.domain, shift: test.shift, samples: test.rows.length };
    const mean = (values: Float64Array): number => finiteMean(values.subarray(from, to));
    return { test, common, mean };
  });
  // The probe moves nothing: its other measures are zero or one by their definition.
  const moved = [...distortions].filter(([method]) => method !== 'LP');
  return parts.flatMap(({ test: { shift }, common, mean }): Figures => {
    const distances = [...moves].map(([method, values]): Figures[number] => ({
      ...{ id: 'finetune.distortion', label: 'Feature distortion, mean Euclidean move', unit: 'distance' },
      ...{ value: mean(values), better: 'lower', method, ...common },
    }));
    const [FT, gentle] = (['FT', 'LP-FT'] as const).map((method) => moves.get(method));
    const ratio: Figures =
      FT && gentle
        ? [
            {
              ...{ id: 'finetune.distortion-ratio', label: 'Distortion of LP-FT ÷ that of FT', unit: 'value' },
              ...{ value: mean(gentle) / mean(FT), better: 'lower', ...common },
            },
          ]
        : [];
    const others = moved.flatMap(([method, { layers, subspace }]): Figures => {
      const [features, span] = [layers.features![shift]!, subspace[shift]!];
      // These were compared on a part of the samples.
      const { domain } = common;
      return [
        {
          ...{ id: 'finetune.relative-move', label: 'Mean move ÷ size of the features', unit: 'distance' as const },
          ...{ value: features.relativeMove, better: 'lower', method, domain, shift },
        },
        {
          ...{ id: 'finetune.cka', label: 'Linear CKA with the pretrained features', unit: 'score' },
          ...{ value: features.cka, method, domain, shift },
        },
        ...(span.shareInSpan === null
          ? []
          : [
              {
                ...{ id: 'finetune.in-span', label: 'Share of the moves in the span of ID features' },
                ...{ value: span.shareInSpan, unit: 'fraction' as const, method, domain, shift },
              },
            ]),
      ];
    });
    const norm: Figures[number] = {
      ...{ id: 'finetune.feature-norm', label: 'Mean norm of the pretrained features', unit: 'distance' },
      ...{ value: mean(norms), ...common },
    };
    return [...distances, ...ratio, ...others, norm];
  });
}
