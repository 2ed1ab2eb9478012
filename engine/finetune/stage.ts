import { join } from 'node:path';
import { networkInputs } from '../model/network';
import { readFeatures, regularizationOf } from '../probe';
import type { Stage, StageContext, StageOutput } from '../run/stage';
import { broughtStamps, compareBrought } from './brought';
import { openPretrained } from './open';
import { openMethods } from './outcomes';
import { openRecord } from './record';
import type { Setting } from './setting';
import { removeTrials } from './trials';

/**
 * Stage 'finetune' (Kumar et al. 2022): LP, a linear head on the frozen features; methods that train the network as well
 * (engine/finetune/methods); WiSE-FT, between both. Accuracy on the test samples of source (ID) and target (OOD), and
 * feature distortion: how far what the network makes of these samples moved from where pretraining had put it.
 * Where the study brings the features after fine-tuning, they are compared and nothing is trained (brought.ts).
 *
 * Writes, m test samples in all, listed in rows.npy (ID before OOD), and s ≤ m of them in distortion-rows.npy:
 * - <method>.safetensors: network and head.
 * - features-<method>.npy (m × d, float32), moves-<method>.npy (m, float64): ‖after − before‖; for all but LP.
 * - losses-<method>.npy (steps, float32), of methods that train.
 * - distortion-<method>.npy (3 × layers × s, float32): move, relative move, cosine of each sample in each layer.
 * - trajectory-<method>.npy (points × columns, float64), columns as in trajectory.ts; of methods that train.
 * - curve-WiSE-FT.npy (alphas × columns, float64), columns as in ensemble.ts.
 *
 * details: `methods` (choices, confusion, for WiSE-FT its curve); `distortion`: layers, measures, tests (which part of
 * distortion-rows.npy is ID and OOD), span, and for each method what distortion/reference.ts describes;
 * `trajectories`: columns, and for each method its points and file. Numbers that are not finite are null.
 */
export const finetuneStage: Stage = {
  name: 'finetune',
  inputs: (study) => ['data', ...networkInputs(study), 'represent'],
  part: (study) => ({
    finetune: study.finetune,
    regularization: regularizationOf(study),
    encoder: study.encoder,
    source: study.data.source,
    target: study.data.target,
    seed: study.seed,
  }),
  fingerprint: async ({ finetune }, resolvePath) =>
    finetune?.after === undefined ? undefined : broughtStamps(finetune.after, resolvePath),
  wanted: (study) => study.finetune !== undefined,
  run,
};

async function run(context: StageContext): Promise<StageOutput> {
  const after = context.study.finetune?.after;
  if (after) return compareBrought(context, after);
  const { study, folder, inputs, report, signal, device } = context;
  const { network, ...pretrained } = await openPretrained(context);
  const all = await readFeatures(join(inputs.represent!, 'features.npy'), pretrained.dataset);
  const settings = study.finetune!;
  const setting: Setting = { ...pretrained, device, signal, report, folder, settings, seed: study.seed };
  const { outcomeOf, probe } = await openMethods(setting, network, all, regularizationOf(study));
  const record = await openRecord(setting, network, all, probe);
  for (const method of settings.methods) await record.add(method, await outcomeOf(method));
  await removeTrials(folder);
  return record.output();
}
