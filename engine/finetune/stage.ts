import { join } from 'node:path';
import { writeNpy } from '../data/npy';
import { stream } from '../data/random';
import { writeSafetensors } from '../data/safetensors';
import { readDataset } from '../data/stored-dataset';
import { createEncoder } from '../model/create';
import { extract } from '../model/extract';
import { newHead } from '../model/heads';
import { type Parameters, pick } from '../model/parameters';
import { readParameters } from '../model/read-parameters';
import { fitOnSource, measure, predict, protocolOf, readFeatures, regularizationOf, rowsOf } from '../probe';
import type { Stage, StageContext, StageOutput } from '../run/stage';
import type { FinetuneBlock } from '../study/schema';
import { headOf, headParameters } from '../train/classify';
import { featureMoves } from './distortion/move';
import { fineTune, removeTrials, type Setting, type Trial } from './trials';

type Method = FinetuneBlock['methods'][number];

/**
 * Stage 'finetune' (Kumar et al. 2022): LP, a linear head on the frozen features; FT, the whole network from a random
 * head; LP-FT, the whole network from the LP head. Accuracy on the test samples of source (ID) and target (OOD), and
 * feature distortion: how far the feature of each of these samples moved from where pretraining had put it.
 *
 * Writes for each method <method>.safetensors (network and head), and for FT and LP-FT, over the test samples listed
 * in rows.npy, features-<method>.npy (m × d, float32) and moves-<method>.npy (m, float64); losses-<method>.npy
 * (steps, float32).
 */
export const finetuneStage: Stage = {
  name: 'finetune',
  inputs: () => ['data', 'pretrain', 'represent'],
  part: (study) => ({
    finetune: study.finetune,
    regularization: regularizationOf(study),
    encoder: study.encoder,
    source: study.data.source,
    target: study.data.target,
    seed: study.seed,
  }),
  wanted: (study) => study.finetune !== undefined,
  run,
};

interface Outcome {
  readonly parameters: Parameters;
  readonly details: { readonly C?: number; readonly learningRate?: number; readonly trials?: readonly Trial[] };
}

async function run(context: StageContext): Promise<StageOutput> {
  const { study, folder, inputs, report, signal, device } = context;
  const { methods } = study.finetune!;
  const dataset = await readDataset(inputs.data!);
  const encoder = createEncoder(study.encoder, dataset);
  const protocol = protocolOf(study, dataset, (message) => report.log('warning', message));
  const setting: Setting = { encoder, dataset, protocol };
  const all = await readFeatures(join(inputs.represent!, 'features.npy'), dataset);
  const network = pick(
    await readParameters(join(inputs.pretrain!, 'encoder.safetensors')),
    (name) => !name.startsWith('projection.'),
  );
  const rows = Int32Array.from(protocol.tests.flatMap((test) => [...test.rows]));
  await writeNpy(join(folder, 'rows.npy'), { shape: [rows.length], data: rows });
  const before = rowsOf(all, rows).features;

  const linear = methods.some((method) => method !== 'FT') ? await linearProbe(context, setting, all) : undefined;
  const outcome = async (method: Method): Promise<Outcome> => {
    if (method === 'LP') return { parameters: { ...network, ...linear!.parameters }, details: linear!.details };
    const head =
      method === 'FT'
        ? newHead(encoder.features, dataset.classNames.length, stream(study.seed, 'finetune', 'head'))
        : linear!.parameters;
    const { parameters, losses, learningRate, trials } = await fineTune(context, setting, {
      method,
      parameters: { ...network, ...head },
    });
    await writeNpy(join(folder, `losses-${method}.npy`), { shape: [losses.length], data: losses });
    return { parameters, details: { learningRate, trials } };
  };

  const figures: StageOutput['figures'] = [];
  const described: Record<string, unknown> = {};
  const distortion: Partial<Record<Method, number[]>> = {};
  for (const method of methods) {
    const { parameters, details } = await outcome(method);
    await writeSafetensors(join(folder, `${method}.safetensors`), parameters, { format: 'pt' });
    // The probe leaves the features where they are.
    const after =
      method === 'LP'
        ? before
        : (
            await extract({
              ...{ device, encoder, parameters, dataset, rows, signal },
              progress: (done, total) => report.progress(done, total, `${method}: measuring`),
            })
          ).features;
    const predictions = new Int32Array(dataset.labels.length).fill(-1);
    predict(headOf(parameters), { features: after, n: rows.length, d: encoder.features }).forEach(
      (label, i) => (predictions[rows[i]!] = label),
    );
    const measured = measure(dataset, protocol.tests, predictions, {
      id: 'finetune.accuracy',
      label: 'Accuracy',
      method,
    });
    figures.push(...measured.figures);
    described[method] = { ...details, ...measured.details };
    const moves = featureMoves(before, after, encoder.features);
    distortion[method] = meanByTest(moves, protocol.tests);
    if (method === 'LP') continue;
    await writeNpy(join(folder, `features-${method}.npy`), { shape: [rows.length, encoder.features], data: after });
    await writeNpy(join(folder, `moves-${method}.npy`), { shape: [rows.length], data: moves });
  }

  const norms = meanByTest(featureMoves(new Float32Array(before.length), before, encoder.features), protocol.tests);
  protocol.tests.forEach(({ shift, domain, rows: { length: samples } }, t) => {
    const common = { domain, shift, samples };
    for (const method of methods)
      figures.push({
        ...{ id: 'finetune.distortion', label: 'Feature distortion, mean Euclidean move', unit: 'distance' as const },
        ...{ value: distortion[method]![t]!, better: 'lower' as const, method, ...common },
      });
    if (distortion.FT && distortion['LP-FT'])
      figures.push({
        ...{ id: 'finetune.distortion-ratio', label: 'Distortion of LP-FT ÷ that of FT', unit: 'value' as const },
        ...{ value: distortion['LP-FT'][t]! / distortion.FT[t]!, better: 'lower' as const, ...common },
      });
    figures.push({
      ...{ id: 'finetune.feature-norm', label: 'Mean norm of the pretrained features', unit: 'distance' as const },
      ...{ value: norms[t]!, ...common },
    });
  });
  await removeTrials(folder);
  return { figures, details: { classNames: dataset.classNames, methods: described } };
}

async function linearProbe(
  { study, report, signal }: StageContext,
  { dataset, protocol }: Setting,
  all: Awaited<ReturnType<typeof readFeatures>>,
): Promise<Outcome> {
  const { weights, bias, C } = await fitOnSource(all, protocol, {
    ...{ classes: dataset.classNames.length, regularization: regularizationOf(study), signal },
    progress: (done, total) => report.progress(done, total, 'LP: linear head on the frozen features'),
  });
  return { parameters: headParameters(weights, bias), details: { C } };
}

/** The mean over each test set of values that stand in the order of their rows. */
function meanByTest(values: Float64Array, tests: Setting['protocol']['tests']): number[] {
  let start = 0;
  return tests.map(({ rows }) => {
    const part = values.subarray(start, (start += rows.length));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
