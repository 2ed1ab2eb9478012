import type { Stage } from '../run/stage';
import { pretrainStage } from '../pretrain/stage';
import { probeStage } from '../probe/stage';
import { representStage } from '../represent/stage';
import { spectrumStage } from '../graph/spectrum-stage';
import { dataStage } from './data';

/** Every stage there is, inputs before those that read them. A new stage is one import and one entry here. */
export const stages: readonly Stage[] = [dataStage, pretrainStage, representStage, spectrumStage, probeStage];
