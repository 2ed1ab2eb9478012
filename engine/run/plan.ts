import { UserError } from '../errors';
import type { Study } from '../study/schema';
import type { StageName } from './format';
import type { Stage } from './stage';

/**
 * The stages that a study needs, inputs before those that read them, otherwise in the order given.
 * With `only`, those stages and what they read. Throws a UserError where nothing is asked for.
 */
export function planStages(stages: readonly Stage[], study: Study, only?: StageName | readonly StageName[]): Stage[] {
  const full = collect(
    stages,
    study,
    stages.filter((stage) => stage.wanted(study)),
  );
  if (only === undefined) {
    if (full.length > 0) return full;
    throw new UserError(
      'nothing-wanted',
      'The study asks for nothing; add at least one of the blocks "pretrain", "spectrum", "probe", "transfer", "finetune" or "advantage".',
    );
  }
  const chosen = (typeof only === 'string' ? [only] : only).map((name) => {
    const found = full.find((stage) => stage.name === name);
    if (found) return found;
    const names = full.map((stage) => stage.name).join(', ');
    throw new UserError('stage-not-wanted', `The study does not ask for the stage ${name}; its stages are: ${names}.`);
  });
  return collect(stages, study, chosen);
}

function collect(stages: readonly Stage[], study: Study, wanted: readonly Stage[]): Stage[] {
  const order: Stage[] = [];
  const entered = new Set<Stage>();
  const visit = (stage: Stage): void => {
    if (order.includes(stage)) return;
    if (entered.has(stage)) throw new Error(`The stage ${stage.name} reads its own result.`);
    entered.add(stage);
    for (const name of stage.inputs(study)) {
      const input = stages.find((candidate) => candidate.name === name);
      if (!input) throw new Error(`The stage ${stage.name} reads ${name}, which is not among the stages.`);
      visit(input);
    }
    order.push(stage);
  };
  for (const stage of wanted) visit(stage);
  return order;
}
