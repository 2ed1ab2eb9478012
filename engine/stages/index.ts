import { advantageStage } from '../finetune/advantage/stage';
import { finetuneStage } from '../finetune/stage';
import { spectrumStage } from '../graph/spectrum-stage';
import { probeStage } from '../probe/stage';
import { pretrainStage } from '../pretrain/stage';
import { representStage } from '../represent/stage';
import type { Stage } from '../run/stage';
import { transferStage } from '../transfer/stage';
import type { Study } from '../study/schema';
import { dataStage } from './data';
import { importStage } from './import';
import { methodStages } from './method-stages';

/** Every stage of the study's own, inputs before those that read them. A new stage is one import and one entry here. */
export const stages: readonly Stage[] = [
  dataStage,
  importStage,
  pretrainStage,
  representStage,
  spectrumStage,
  probeStage,
  transferStage,
  finetuneStage,
  advantageStage,
];

/** Every stage that a study may run: with those of the methods that it compares. */
export function stagesOf(study: Study): readonly Stage[] {
  const own = methodStages(study);
  return stages.flatMap((stage) => (stage === transferStage ? [...own, stage] : [stage]));
}
