import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Device } from '../../../engine/compute/device';
import { Cancelled } from '../../../engine/errors';
import { writeJson } from '../../../engine/run/atomic';
import type { StageName } from '../../../engine/run/format';
import type { Stage, StageContext } from '../../../engine/run/stage';
import { studySchema, type Study, type StudyInput } from '../../../engine/study/schema';

export const steps = 40;
export const checkpointSteps = 5;

/** A device that computes nothing: these stages are arithmetic. */
export function fakeDevice(name = 'test'): Device {
  return {
    name,
    detail: 'a device for tests',
    compile: () => Promise.reject(new Error('nothing is compiled here')),
  };
}

export function studyOf(more: Partial<StudyInput> = {}): Study {
  return studySchema.parse({
    name: 'Test',
    seed: 3,
    data: { folder: 'images' },
    pretrain: {},
    finetune: {},
    ...more,
  } satisfies StudyInput);
}

/** The state of a linear congruential generator after n steps: wrong if a step is lost or done twice. */
export function expectedState(seed: number, n: number): number {
  let state = seed;
  for (let i = 0; i < n; i++) state = next(state);
  return state;
}

function next(state: number): number {
  return (Math.imul(state, 1664525) + 1013904223) >>> 0;
}

/**
 * data → pretrain → finetune. Pretraining iterates a generator, with a checkpoint every few steps; every step
 * that is really computed appends a line `stage step` to the trace, so that a test sees what was done twice.
 */
export function testStages(trace: string, stepMs: number): Stage[] {
  const note = (stage: StageName, step: number): void => appendFileSync(trace, `${stage} ${step}\n`);
  return [
    {
      name: 'data',
      computes: false,
      inputs: () => [],
      part: (study) => study.data,
      wanted: () => true,
      run: async ({ folder, study }) => {
        note('data', 0);
        await writeFile(join(folder, 'seed.txt'), String(study.seed + 1));
        return { figures: [{ id: 'data.samples', label: 'samples', value: 7, unit: 'count' }], details: {} };
      },
    },
    {
      name: 'pretrain',
      inputs: () => ['data'],
      part: (study) => ({ seed: study.seed, block: study.pretrain }),
      wanted: (study) => study.pretrain !== undefined,
      run: (context) => pretrain(context, stepMs, note),
    },
    {
      name: 'finetune',
      inputs: () => ['pretrain'],
      part: (study) => study.finetune,
      wanted: (study) => study.finetune !== undefined,
      run: async ({ folder, inputs, study }) => {
        note('finetune', 0);
        const state = Number(await readFile(join(inputs.pretrain!, 'state.txt'), 'utf8'));
        await writeFile(join(folder, 'tuned.txt'), String(state + study.finetune!.epochs));
        return { figures: [{ id: 'finetune.value', label: 'tuned', value: state, unit: 'value' }], details: {} };
      },
    },
  ];
}

async function pretrain(
  { folder, inputs, report, signal }: StageContext,
  stepMs: number,
  note: (stage: StageName, step: number) => void,
): ReturnType<Stage['run']> {
  const checkpoint = join(folder, 'checkpoint.json');
  let state = Number(await readFile(join(inputs.data!, 'seed.txt'), 'utf8'));
  let step = 0;
  if (existsSync(checkpoint)) {
    const saved = JSON.parse(readFileSync(checkpoint, 'utf8')) as { step: number; state: number };
    ({ step, state } = saved);
  }
  while (step < steps) {
    if (signal.aborted) throw new Cancelled();
    report.log('info', `begins step ${step + 1}`);
    await sleep(stepMs);
    state = next(state);
    step++;
    note('pretrain', step);
    report.progress(step, steps, `step ${step}`);
    report.metric('state', step, state);
    if (step % checkpointSteps === 0) await writeJson(checkpoint, { step, state });
  }
  await writeFile(join(folder, 'state.txt'), String(state));
  return { figures: [{ id: 'pretrain.state', label: 'state', value: state, unit: 'value' }], details: { step } };
}
