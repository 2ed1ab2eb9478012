import { advantageStage } from '../finetune/advantage/stage';
import { finetuneStage } from '../finetune/stage';
import { spectrumStage } from '../graph/spectrum-stage';
import { probeStage } from '../probe/stage';
import { pretrainStage } from '../pretrain/stage';
import { representStage } from '../represent/stage';
import type { Stage } from '../run/stage';
import { transferStage } from '../transfer/stage';
import { dataStage } from './data';
import { importStage } from './import';

/** Every stage there is, inputs before those that read them. A new stage is one import and one entry here. */
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
