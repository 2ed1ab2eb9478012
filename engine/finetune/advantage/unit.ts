import { columnMeans } from '../../linear/cross-moment';
import { extract } from '../../model/extract';
import type { Parameters } from '../../model/parameters';
import { accuracy, type LabelledFeatures, predict } from '../../probe';
import type { ProbeBlock } from '../../study/schema';
import { headOf } from '../../train/classify';
import { relativeMoves } from '../distortion/move';
import { proxyDistance } from '../distortion/proxy-distance';
import { openMethods } from '../outcomes';
import { finiteMean, type Setting } from '../setting';
import { type Column, samplesOf } from './shifts';
import type { TableRow } from './table';

/** What one network makes of a column's samples. */
interface Seen {
  readonly features: Float32Array;
  readonly accuracy: number;
}

/**
 * Fine-tunes one network both ways and measures both, and the probe, on every column: the rows of the table of one level
 * and repetition. The methods see nothing of the shifts.
 * @param setting with this repetition's seed and folder
 */
export async function measureUnit(
  setting: Setting,
  network: Parameters,
  columns: readonly Column[],
  options: {
    readonly regularization: ProbeBlock['regularization'];
    /** Noise of shifts is drawn by it: the same for every unit. */
    readonly shiftSeed: number;
    readonly place: Pick<TableRow, 'level' | 'quality' | 'seed'>;
  },
): Promise<TableRow[]> {
  const { encoder, dataset } = setting;
  const d = encoder.features;
  const all = await featuresOf(setting, network);
  const { outcomeOf } = await openMethods(setting, network, all, options.regularization);
  const [LP, FT, LPFT] = [await outcomeOf('LP'), await outcomeOf('FT'), await outcomeOf('LP-FT')];
  const rows: TableRow[] = [];
  let plain: Seen | undefined;
  for (const [shift, column] of columns.entries()) {
    const samples = samplesOf(column, dataset, options.shiftSeed);
    const labels = column.rows.map((row) => dataset.labels[row]!);
    const see = async (parameters: Parameters): Promise<Seen> => {
      const own = column.rows.map((_, i) => i);
      const { device, signal } = setting;
      const { features } = await extract({
        ...{ device, encoder, parameters, dataset: samples, rows: own, signal, frozen: false },
      });
      const predictions = predict(headOf(parameters), { features, n: own.length, d });
      return { features, accuracy: accuracy(predictions, labels) };
    };
    const before = await see(LP.parameters);
    plain ??= before;
    const [full, gentle] = [await see(FT.parameters), await see(LPFT.parameters)];
    const move = (after: Seen): number => finiteMean(relativeMoves(before.features, after.features, d));
    rows.push({
      ...options.place,
      ...{ shift, size: column.size ?? NaN },
      ...{ accuracyLP: before.accuracy, accuracyFT: full.accuracy, accuracyLPFT: gentle.accuracy },
      advantage: gentle.accuracy - full.accuracy,
      probeID: plain.accuracy,
      shiftMove: column.kind === 'domain' ? NaN : finiteMean(relativeMoves(plain.features, before.features, d)),
      shiftDistance:
        column.kind === 'none' ? 0 : await proxyDistance(plain.features, before.features, d, setting.signal),
      meanDistance: meanDistance(plain.features, before.features, d),
      ...{ moveFT: move(full), moveLPFT: move(gentle) },
      ...{ rateFT: Number(FT.details.learningRate), rateLPFT: Number(LPFT.details.learningRate) },
    });
  }
  return rows;
}

/** Features of the samples that heads are fitted and chosen on; rows of others are zero. */
async function featuresOf(setting: Setting, parameters: Parameters): Promise<LabelledFeatures> {
  const { device, encoder, dataset, protocol, signal } = setting;
  const rows = Int32Array.from([...protocol.train, ...protocol.validation]);
  const { features } = await extract({ device, encoder, parameters, dataset, rows, signal, frozen: false });
  const [n, d] = [dataset.labels.length, encoder.features];
  const all = new Float32Array(n * d);
  rows.forEach((row, i) => all.set(features.subarray(i * d, (i + 1) * d), row * d));
  return { features: all, n, d, labels: dataset.labels };
}

/** ‖mean of b − mean of a‖ in units of the root mean square norm of a's rows. Both n × d. */
export function meanDistance(a: Float32Array, b: Float32Array, d: number): number {
  const [x, y] = [columnMeans(a, a.length / d), columnMeans(b, b.length / d)];
  const size = Math.sqrt(a.reduce((sum, value) => sum + value * value, 0) / (a.length / d));
  return Math.sqrt(x.reduce((sum, value, j) => sum + (y[j]! - value) ** 2, 0)) / size;
}
