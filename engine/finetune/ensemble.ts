import { extract } from '../model/extract';
import type { Parameters } from '../model/parameters';
import { accuracy, type LabelledFeatures, predict, rowsOf } from '../probe';
import { headOf } from '../train/classify';
import { refreshStatistics } from '../train/statistics';
import { featureMoves } from './distortion/move';
import { interpolate, sharesStatistics } from './methods/interpolate';
import { finiteMean, type Setting } from './setting';

/**
 * Columns of WiSE-FT's curve, one row an α: accuracy on the source's validation samples (NaN with finetune.refit, which
 * trains on them) and on the test samples, mean Euclidean move of the latter's features.
 */
export const curveColumns = ['alpha', 'validationAccuracy', 'accuracyID', 'accuracyOOD', 'moveID', 'moveOOD'] as const;
export type CurvePoint = Record<(typeof curveColumns)[number], number>;
export type Curve = readonly CurvePoint[];

/**
 * WiSE-FT (Wortsman et al. 2022): networks on the line from the probed to the fine-tuned one. Where the two have
 * different running statistics, those of a network in between are taken anew from the source's training samples, since
 * a mixture of statistics belongs to neither. The network of the study's α, or of the α best on ID validation (of equals
 * the smallest), stands for the method.
 * @param all pretrained features of every sample
 */
export async function ensemble(
  setting: Setting,
  probed: Parameters,
  tuned: Parameters,
  all: LabelledFeatures,
): Promise<{ parameters: Parameters; alpha: number; curve: Curve }> {
  const { report, settings } = setting;
  const shared = sharesStatistics(probed, tuned);
  const at = async (alpha: number): Promise<Parameters> => {
    const mixed = interpolate(probed, tuned, alpha);
    if (shared || alpha === 0 || alpha === 1) return mixed;
    const { dataset, protocol, seed } = setting;
    const { augmentation, batchSize } = settings;
    return refreshStatistics(
      { ...setting, parameters: mixed },
      { dataset, rows: protocol.train, seed, augmentation, batchSize },
    );
  };
  const alphas = [...new Set(settings.wise.alphas)].sort((a, b) => a - b);
  const curve: CurvePoint[] = [];
  for (const [i, alpha] of alphas.entries()) {
    report.progress(i, alphas.length, `WiSE-FT, α = ${alpha}`);
    curve.push(await pointOf(setting, await at(alpha), alpha, all));
  }
  const best = curve.reduce((a, b) => (b.validationAccuracy > a.validationAccuracy ? b : a));
  const alpha = settings.wise.alpha === 'validation' ? best.alpha : settings.wise.alpha;
  return { parameters: await at(alpha), alpha, curve };
}

async function pointOf(
  { device, encoder, dataset, protocol, signal, settings }: Setting,
  parameters: Parameters,
  alpha: number,
  all: LabelledFeatures,
): Promise<CurvePoint> {
  const sets = [
    ...(settings.refit ? [] : [{ shift: 'validation' as const, rows: protocol.validation }]),
    ...protocol.tests,
  ];
  const rows = Int32Array.from(sets.flatMap((set) => [...set.rows]));
  const { features } = await extract({ device, encoder, parameters, dataset, rows, signal, frozen: false });
  const d = encoder.features;
  const point: CurvePoint = {
    alpha,
    validationAccuracy: NaN,
    accuracyID: NaN,
    accuracyOOD: NaN,
    moveID: NaN,
    moveOOD: NaN,
  };
  let from = 0;
  for (const { shift, rows: own } of sets) {
    const after = features.subarray(from * d, (from + own.length) * d);
    from += own.length;
    const predictions = predict(headOf(parameters), { features: after, n: own.length, d });
    const right = accuracy(
      predictions,
      own.map((row) => dataset.labels[row]!),
    );
    if (shift === 'validation') point.validationAccuracy = right;
    else {
      point[`accuracy${shift}`] = right;
      point[`move${shift}`] = finiteMean(featureMoves(rowsOf(all, own).features, after, d));
    }
  }
  return point;
}
