import { rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { writeSafetensors } from '../data/safetensors';
import { extract } from '../model/extract';
import type { Parameters } from '../model/parameters';
import { accuracy, type LinearHead, predict } from '../probe';
import { readJson, writeJson } from '../run/atomic';
import { headOf } from '../train/classify';
import { headAlignment } from './distortion/head';
import { featureCosines, featureMoves, relativeMoves } from './distortion/move';
import { evenly, finiteMean, type Setting } from './setting';

/**
 * Columns of a trajectory, one row a measured step of training (0: before the first):
 * step; accuracyID, accuracyOOD on the watched test samples; moveID/OOD, relativeMoveID/OOD and cosineID/OOD, means over
 * them, of their features against the pretrained ones; probeCosine and probeAngle, how the head lies to the linear
 * probe's (angle: mean principal angle, radians); startCosine, to the head that training started from;
 * validationAccuracy, of ID. NaN (in JSON null) where there is nothing to measure.
 */
export const trajectoryColumns = [
  'step',
  'accuracyID',
  'accuracyOOD',
  'moveID',
  'moveOOD',
  'relativeMoveID',
  'relativeMoveOOD',
  'cosineID',
  'cosineOOD',
  'probeCosine',
  'probeAngle',
  'startCosine',
  'validationAccuracy',
] as const;

export type TrajectoryPoint = Record<(typeof trajectoryColumns)[number], number>;

/** Steps at which a training of so many steps is measured: quadratically spaced, since most of the change comes first. */
export function measuredSteps(steps: number, points: number): number[] {
  if (points === 0) return [];
  const at = Array.from({ length: points + 1 }, (_, i) => Math.round(steps * (i / points) ** 2));
  return [...new Set(at)];
}

/** What a trajectory is measured on: the same samples for every method. */
export interface Watch {
  readonly tests: readonly { readonly shift: 'ID' | 'OOD'; readonly rows: Int32Array; readonly before: Float32Array }[];
  readonly probe: LinearHead;
}

/** Test samples to watch, with their pretrained features. `featuresOf` gives those of some rows of the dataset. */
export function watchTests(
  { protocol, settings }: Setting,
  probe: LinearHead,
  featuresOf: (rows: Int32Array) => Float32Array,
): Watch {
  const tests = protocol.tests.map(({ shift, rows }) => {
    const watched = evenly(rows, settings.trajectory.samples);
    return { shift, rows: watched, before: featuresOf(watched) };
  });
  return { tests, probe };
}

/**
 * The trajectory of one training. Points are kept in a file, so that a training that goes on after a kill has those from
 * before; with early stopping, the weights of the point that is best on ID validation (of equals the latest) too.
 */
export class Trajectory {
  private points: TrajectoryPoint[] = [];

  private constructor(
    private readonly setting: Setting,
    private readonly watch: Watch,
    private readonly files: { readonly points: string; readonly best: string },
    private readonly start: LinearHead,
  ) {}

  static async open(
    setting: Setting,
    watch: Watch,
    files: { readonly points: string; readonly best: string },
    start: LinearHead,
  ): Promise<Trajectory> {
    const trajectory = new Trajectory(setting, watch, files, start);
    const stored = (await readJson(files.points)) as Record<string, number | null>[] | undefined;
    trajectory.points = (stored ?? []).map(
      (point) =>
        Object.fromEntries(trajectoryColumns.map((name) => [name, point[name] ?? NaN])) as unknown as TrajectoryPoint,
    );
    return trajectory;
  }

  async see(step: number, parameters: Parameters): Promise<void> {
    const { protocol, settings, dataset } = this.setting;
    const early = settings.earlyStopping;
    const sets = [
      ...this.watch.tests,
      ...(early ? [{ shift: 'validation' as const, rows: protocol.validation, before: undefined }] : []),
    ];
    const { device, encoder, signal } = this.setting;
    const rows = Int32Array.from(sets.flatMap((set) => [...set.rows]));
    const { features } = await extract({ device, encoder, parameters, dataset, rows, signal, frozen: false });
    const head = headOf(parameters);
    const { cosine, angles } = headAlignment(head.weights, this.watch.probe.weights, head.bias.length);
    const point = Object.fromEntries(trajectoryColumns.map((name) => [name, NaN])) as unknown as TrajectoryPoint;
    point.step = step;
    point.probeCosine = cosine;
    point.probeAngle = finiteMean(angles);
    point.startCosine = headAlignment(head.weights, this.start.weights, head.bias.length).cosine;
    const d = encoder.features;
    let from = 0;
    for (const { shift, rows: own, before } of sets) {
      const after = features.subarray(from * d, (from + own.length) * d);
      from += own.length;
      const right = accuracy(
        predict(head, { features: after, n: own.length, d }),
        own.map((row) => dataset.labels[row]!),
      );
      if (shift === 'validation') {
        point.validationAccuracy = right;
        continue;
      }
      point[`accuracy${shift}`] = right;
      point[`move${shift}`] = finiteMean(featureMoves(before!, after, d));
      point[`relativeMove${shift}`] = finiteMean(relativeMoves(before!, after, d));
      point[`cosine${shift}`] = finiteMean(featureCosines(before!, after, d));
    }
    await this.add(point, parameters);
  }

  private async add(point: TrajectoryPoint, parameters: Parameters): Promise<void> {
    const earlier = this.points.filter(({ step }) => step < point.step);
    const best = Math.max(-Infinity, ...earlier.map((each) => each.validationAccuracy).filter(Number.isFinite));
    if (point.validationAccuracy >= best) await writeSafetensors(this.files.best, parameters);
    this.points = [...earlier, point];
    await writeJson(this.files.points, this.points);
  }

  /** The measured points so far, by step. */
  get all(): readonly TrajectoryPoint[] {
    return this.points;
  }

  /** The weights of the best point, where early stopping has kept them. */
  get best(): string | undefined {
    return existsSync(this.files.best) ? this.files.best : undefined;
  }

  async remove(): Promise<void> {
    await rm(this.files.best, { force: true });
  }
}
