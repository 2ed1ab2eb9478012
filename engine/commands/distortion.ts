import { Matrix } from 'ml-matrix';
import Table from 'cli-table3';
import { UserError } from '../errors';
import { significant } from '../terminal/numbers';
import { withoutInnerRules } from '../terminal/rules';
import { distortionLab, type LabMoment, type LabResult, type LabSettings } from '../theory/distortion-lab';
import { flowPath } from '../theory/flow-path';
import { toyLimit } from '../theory/two-layer';
import { print, printJson } from './output';

export interface DistortionFlags extends Omit<LabSettings, 'times'> {
  readonly time: number;
  readonly json?: boolean;
}

/** `eigenprobe theory distortion`: LP, FT and LP-FT on a two-layer linear network, with the lower bound. */
export function distortion(flags: DistortionFlags): void {
  const { time, json, ...settings } = flags;
  const times = [0, ...Array.from({ length: 40 }, (_, i) => time * 10 ** (-3 + (3 * (i + 1)) / 40))];
  let result: LabResult;
  try {
    result = distortionLab({ ...settings, times });
  } catch (error) {
    // The lab's bounds on its settings are the user's to keep.
    if (error instanceof RangeError) throw new UserError('theory-settings', error.message);
    throw error;
  }
  if (json) {
    printJson({ settings: { ...settings, time }, ...result });
    return;
  }
  const { d, k, n, featureNoise, seed } = settings;
  print(
    `Two-layer linear network: ${d} inputs, ${k} features, ${n} samples, feature noise ${featureNoise}, seed ${seed};`,
  );
  print(`gradient flow of ‖X Bᵀ v − Y‖² to time ${time}.`);
  print('');
  const columns = [
    'method',
    'training loss',
    '√L_ood',
    'least √L_ood',
    'move ID',
    'move OOD',
    'drift vvᵀ−BBᵀ',
    'drift off data',
  ];
  print(
    table(
      columns,
      Object.entries(result.methods).map(([method, moments]) => [method, ...row(moments)]),
    ),
  );
  print('');
  const { bound, cosine, headError, featureError } = result.bound;
  const parts = `cos θ_k = ${significant(cosine)}, φ = ${significant(headError)}, ε = ${significant(featureError)}`;
  print(
    `Lower bound of √L_ood for FT at every time: ${significant(bound)} (${parts})${bound > 0 ? '' : ', which says nothing'}.`,
  );
}

function row(moments: readonly LabMoment[]): string[] {
  const end = moments.at(-1)!;
  const least = Math.min(...moments.map((moment) => moment.outOfDistributionError));
  const { trainingLoss, outOfDistributionError, move, drift } = end;
  return [trainingLoss, outOfDistributionError, least, move.ID, move.OOD, drift.balance, drift.offData].map(
    significant,
  );
}

export interface ToyFlags {
  readonly target: number;
  /** In degrees, between the features and the training input. */
  readonly angle: number;
  readonly json?: boolean;
}

/** `eigenprobe theory toy`: the smallest case in closed form, beside what following the flow gives. */
export function toy(heads: readonly number[], { target, angle, json }: ToyFlags): void {
  const [c, s] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const rows = heads.map((v0) => {
    const limit = toyLimit(v0, target, c, s);
    const start = { v: new Matrix([[v0]]), B: new Matrix([[c, s]]) };
    const [end] = flowPath(start, { X: new Matrix([[1, 0]]), Y: new Matrix([[target * c]]) }, { times: [100] });
    const product = [0, 1].map((j) => end!.v.get(0, 0) * end!.B.get(0, j));
    const followed = (product[0]! - target * c) ** 2 + (product[1]! - target * s) ** 2;
    return { start: v0, ...limit, followed: { head: end!.v.get(0, 0), outOfDistributionLoss: followed } };
  });
  if (json) {
    printJson(rows);
    return;
  }
  print(`Two inputs, one feature at ${angle}° to the only training input, true head ${target}.`);
  print('');
  const columns = ['v₀', 'v∞', 'L_ood', 'v∞ by the flow', 'L_ood by the flow'];
  print(
    table(
      columns,
      rows.map(({ start, head, outOfDistributionLoss, followed }) =>
        [start, head, outOfDistributionLoss, followed.head, followed.outOfDistributionLoss].map((value) =>
          String(Number(value.toFixed(7))),
        ),
      ),
    ),
  );
}

function table(head: string[], rows: string[][]): string {
  const drawn = new Table({
    head,
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [] },
  });
  drawn.push(...rows);
  return withoutInnerRules(drawn.toString());
}
