import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeNpy } from '../data/npy';
import { writeSafetensors } from '../data/safetensors';
import { readDataset } from '../data/stored-dataset';
import { initialName, networkName } from '../model/network';
import type { Figure } from '../run/format';
import type { Reporter, Stage } from '../run/stage';
import { hasWeights } from '../study/schema';
import type { FittedHead } from './fit-head';
import { predict } from './head';
import { fitOnSource, measure, protocolOf, readFeatures } from './protocol';

/**
 * Stage 'probe': a linear head on the frozen features, fitted on the source's training samples, measured on the test
 * samples of source (ID) and target (OOD); beside it, as a floor, the same on the encoder before training. Target
 * labels are used for measuring alone.
 *
 * Writes head.safetensors (torch.nn.Linear's weight, classes × d, and bias) and predictions.npy (int32, the class of
 * every sample, rows aligned with the dataset).
 */
export const probeStage: Stage = {
  name: 'probe',
  computes: false,
  inputs: () => ['data', 'represent'],
  part: (study) => ({
    probe: study.probe,
    source: study.data.source,
    target: study.data.target,
    method: networkName(study),
  }),
  wanted: (study) => study.probe !== undefined,
  async run({ study, folder, inputs, report, signal }) {
    const { regularization, randomNetwork, space } = study.probe!;
    const dataset = await readDataset(inputs.data!);
    const protocol = protocolOf(study, dataset, (message) => report.log('warning', message));
    const embedded = space === 'embedding' && existsSync(join(inputs.represent!, 'embedding.npy'));
    if (space === 'embedding' && !embedded)
      report.log('warning', 'There is no projection head, and so no embedding; the probe is fitted on the features.');
    const encoders = [{ method: networkName(study), file: embedded ? 'embedding.npy' : 'features.npy', prefix: '' }];
    // Given values that are the features have no untrained network behind them.
    if (study.pretrain && randomNetwork && hasWeights(study.encoder))
      encoders.push({ method: initialName(study), file: 'random-features.npy', prefix: 'random-' });

    const figure = { id: 'probe.accuracy', label: 'Linear probe accuracy' };
    const figures: Omit<Figure, 'stage'>[] = [];
    const methods: Record<string, unknown> = {};
    for (const [i, { method, file, prefix }] of encoders.entries()) {
      const all = await readFeatures(join(inputs.represent!, file), dataset);
      const head = await fitOnSource(all, protocol, {
        ...{ classes: dataset.classNames.length, regularization, signal },
        progress: (done, count) => report.progress(i * count + done, encoders.length * count, `Linear head, ${method}`),
      });
      describePath(head, `the ${method} features`, report);
      const predictions = predict(head, all);
      await writeHead(join(folder, `${prefix}head.safetensors`), head);
      await writeNpy(join(folder, `${prefix}predictions.npy`), { shape: [all.n], data: predictions });
      const measured = measure(dataset, protocol.tests, predictions, { ...figure, method });
      figures.push(...measured.figures);
      methods[method] = {
        C: head.C,
        validationAccuracy: head.validationAccuracy,
        path: head.path,
        trainingSamples: protocol.train.length,
        ...measured.details,
        head: `${prefix}head.safetensors`,
        predictions: `${prefix}predictions.npy`,
      };
    }
    return { figures, details: { classNames: dataset.classNames, methods } };
  },
};

function describePath({ C, simplestC, path }: FittedHead, where: string, { log }: Pick<Reporter, 'log'>): void {
  const open = path.filter(({ converged }) => !converged).length;
  if (open > 0)
    log(
      'warning',
      `The probe on ${where} did not converge for ${open} of ${path.length} values of C; its figures are near, not at, the optimum.`,
    );
  if (C >= 100 * simplestC)
    log(
      'info',
      `The probe on ${where} chose C = ${round(C)}, but its validation samples hardly tell it from C = ${round(simplestC)}, which may carry over better: set probe.regularization.choice to "simplest" to take that one.`,
    );
  if (path.length > 1 && C === path.at(-1)!.C)
    log(
      'info',
      `The probe on ${where} chose the largest C of its path, ${C}; raise probe.regularization.to to see whether more is better.`,
    );
}

function round(value: number): string {
  return String(Number(value.toPrecision(2)));
}

/** torch.nn.Linear's tensors; the standardisation that the penalty was measured in stands in the metadata. */
async function writeHead(file: string, { weights, bias, C, standardization }: FittedHead): Promise<void> {
  const classes = bias.length;
  await writeSafetensors(
    file,
    {
      weight: { shape: [classes, weights.length / classes], data: Float32Array.from(weights) },
      bias: { shape: [classes], data: Float32Array.from(bias) },
    },
    { C: String(C), mean: String(standardization.mean[0]), std: String(standardization.scale[0]) },
  );
}
