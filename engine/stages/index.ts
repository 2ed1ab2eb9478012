import type { Stage } from '../run/stage';
import { dataStage } from './data';

/** Every stage there is, inputs before those that read them. A new stage is one import and one entry here. */
export const stages: readonly Stage[] = [dataStage];
