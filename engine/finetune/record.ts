import { join } from 'node:path';
import { writeNpy } from '../data/npy';
import { writeSafetensors } from '../data/safetensors';
import { extract } from '../model/extract';
import type { Parameters } from '../model/parameters';
import { type FittedHead, type LabelledFeatures, measure, predict, rowsOf } from '../probe';
import type { StageOutput } from '../run/stage';
import type { FinetuneMethod } from '../study/schema';
import { headOf } from '../train/classify';
import { sampleMeasures } from './distortion/layers';
import { featureMoves } from './distortion/move';
import { proxyDistance } from './distortion/proxy-distance';
import {
  activations,
  measureDistortion,
  type MethodDistortion,
  type Reference,
  referenceOf,
} from './distortion/reference';
import { curveColumns } from './ensemble';
import { distortionFigures } from './figures';
import type { Outcome } from './outcomes';
import { evenly, type Setting } from './setting';
import { trajectoryColumns } from './trajectory';

/** Collects what the stage shows of each method, and writes its files as soon as a method is done. */
export interface FinetuneRecord {
  add(method: FinetuneMethod, outcome: Outcome): Promise<void>;
  output(): StageOutput;
}

/** @param all pretrained features of every sample of the dataset */
export async function openRecord(
  setting: Setting,
  network: Parameters,
  all: LabelledFeatures,
  probe: FittedHead,
): Promise<FinetuneRecord> {
  const { device, signal, report, folder, settings, encoder, dataset, protocol } = setting;
  const d = encoder.features;
  const rows = Int32Array.from(protocol.tests.flatMap((test) => [...test.rows]));
  const before = rowsOf(all, rows).features;
  const training = evenly(protocol.train, settings.distortion.samples);
  const reference = await referenceOf(setting, network, {
    features: rowsOf(all, training).features,
    count: training.length,
  });
  const shift = await domainShift(reference, signal);
  await writeNpy(join(folder, 'rows.npy'), { shape: [rows.length], data: rows });
  await writeNpy(join(folder, 'distortion-rows.npy'), { shape: [reference.rows.length], data: reference.rows });

  const accuracies: StageOutput['figures'] = [];
  const described: Record<string, unknown> = {};
  const trajectories: Record<string, unknown> = {};
  const distortions = new Map<FinetuneMethod, MethodDistortion>();
  const moves = new Map<FinetuneMethod, Float64Array>();

  const table = async (file: string, columns: readonly string[], points: readonly Record<string, number>[]) => {
    const values = points.map((point) => columns.map((name) => point[name]!));
    await writeNpy(join(folder, file), {
      shape: [points.length, columns.length],
      data: Float64Array.from(values.flat()),
    });
    return { file, points: values.map((row) => row.map(finiteOrNull)) };
  };

  return {
    async add(method, { parameters, start, details, losses, trajectory, curve, features }) {
      await writeSafetensors(join(folder, `${method}.safetensors`), parameters, { format: 'pt' });
      const still = method === 'LP';
      // The probe leaves the features where they are.
      const brought = features && { ...all, features };
      const after = still
        ? before
        : brought
          ? rowsOf(brought, rows).features
          : (
              await extract({
                ...{ device, encoder, parameters, dataset, rows, signal },
                progress: (done, total) => report.progress(done, total, `${method}: measuring`),
              })
            ).features;
      const head = headOf(parameters);
      const predictions = new Int32Array(dataset.labels.length).fill(-1);
      predict(head, { features: after, n: rows.length, d }).forEach((label, i) => (predictions[rows[i]!] = label));
      const figure = { id: 'finetune.accuracy', label: 'Accuracy', method };
      const measured = measure(dataset, protocol.tests, predictions, figure);
      accuracies.push(...measured.figures);
      described[method] = { ...details, ...measured.details };
      if (curve)
        described[method] = {
          ...(described[method] as object),
          curve: { columns: curveColumns, ...(await table(`curve-${method}.npy`, curveColumns, curve)) },
        };
      moves.set(method, featureMoves(before, after, d));

      const { layers } = reference;
      const inside = still
        ? reference.before
        : brought
          ? [rowsOf(brought, reference.rows).features]
          : await activations(setting, parameters, reference.rows, layers.slice(0, -1));
      const { distortion, samples } = measureDistortion(reference, inside, head, { probe, start: headOf(start) });
      distortions.set(method, distortion);
      if (losses) await writeNpy(join(folder, `losses-${method}.npy`), { shape: [losses.length], data: losses });
      if (trajectory && trajectory.length > 0)
        trajectories[method] = await table(`trajectory-${method}.npy`, trajectoryColumns, trajectory);
      if (still) return;
      await writeNpy(join(folder, `features-${method}.npy`), { shape: [rows.length, d], data: after });
      await writeNpy(join(folder, `moves-${method}.npy`), { shape: [rows.length], data: moves.get(method)! });
      await writeNpy(join(folder, `distortion-${method}.npy`), samples);
    },
    output: () => ({
      figures: [...accuracies, ...distortionFigures(protocol.tests, moves, distortions, { before, d }), ...shift],
      details: {
        classNames: dataset.classNames,
        methods: described,
        distortion: {
          layers: reference.layers,
          measures: sampleMeasures,
          rows: 'distortion-rows.npy',
          tests: reference.parts,
          span: { energy: settings.distortion.energy, dimensions: reference.span.count, of: d },
          methods: withoutNaN(Object.fromEntries(distortions)),
        },
        trajectories: { columns: trajectoryColumns, methods: trajectories },
      },
    }),
  };
}

/** How far the target lies from the source for the pretrained network; empty where there is only one of them. */
async function domainShift({ parts, before }: Reference, signal: AbortSignal): Promise<StageOutput['figures']> {
  const features = before.at(-1)!;
  const d = features.length / parts.reduce((sum, { count }) => sum + count, 0);
  const of = (wanted: 'ID' | 'OOD') => parts.find(({ shift }) => shift === wanted);
  const [id, ood] = [of('ID'), of('OOD')];
  if (!id || !ood) return [];
  const rows = ({ from, count }: typeof id): Float32Array => features.subarray(from * d, (from + count) * d);
  return [
    {
      ...{ id: 'finetune.shift-distance', label: 'Proxy A-distance from ID, pretrained features', unit: 'distance' },
      ...{ value: await proxyDistance(rows(id), rows(ood), d, signal), domain: ood.domain, shift: 'OOD' },
    },
  ];
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** JSON has no NaN; that what is written is what is said. */
function withoutNaN(value: unknown): unknown {
  if (typeof value === 'number') return finiteOrNull(value);
  if (Array.isArray(value)) return value.map(withoutNaN);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNaN(inner)]));
}
