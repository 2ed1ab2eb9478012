import { pretrainStage } from '../pretrain/stage';
import { representStage } from '../represent/stage';
import type { StageName } from '../run/format';
import type { Stage } from '../run/stage';
import { type MethodRun, methodRuns } from '../study/methods';
import { hasWeights, type Study } from '../study/schema';

/**
 * Stages of the methods that transfer is measured for: each has the code of 'pretrain' and 'represent', on a study of its
 * own, and so its own place in the cache and its own checkpoints.
 */
export function methodStages(study: Study): Stage[] {
  if (!study.transfer || !hasWeights(study.encoder)) return [];
  return methodRuns(study).flatMap((run) => [asMethod(pretrainStage, run), asMethod(representStage, run)]);
}

function asMethod(stage: Stage, { key, study }: MethodRun): Stage {
  const renamed = (name: StageName): StageName =>
    name === 'pretrain' || name === 'represent' ? `${name}-${key}` : name;
  return {
    ...stage,
    name: renamed(stage.name),
    inputs: () => stage.inputs(study).map(renamed),
    part: () => stage.part(study),
    wanted: () => false,
    async run(context) {
      const inputs = Object.fromEntries(
        stage.inputs(study).map((name) => [name, context.inputs[renamed(name)]]),
      ) as typeof context.inputs;
      const { figures, details } = await stage.run({ ...context, study, inputs });
      return { figures: figures.map((figure) => ({ ...figure, method: key })), details };
    },
  };
}
