import type { Device, HostArrays, Program } from '../compute/device';
import type { Batch, BatchSource } from '../augment/pool';
import { Cancelled, UserError } from '../errors';
import type { Parameters } from '../model/parameters';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint';
import type { Optimizer } from './optimizer';
import { cosineRate } from './schedule';
import { networkOf, trainingProgram, type TrainingStep } from './training-step';

export interface TrainOptions extends TrainingStep {
  readonly device: Device;
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly steps: number;
  /** Opens the batches from a step on. Called once; closed at the end. */
  readonly open: (firstStep: number) => BatchSource;
  /** A batch's arrays as the loss reads them. */
  readonly feed: (batch: Batch) => HostArrays;
  /** Where to go on from after a kill, and how often to write it. */
  readonly checkpoint?: { readonly file: string; readonly everySteps: number };
  readonly signal: AbortSignal;
  /** Called after every step. */
  readonly onStep?: (done: number, loss: number) => void;
  /** Looks at the parameters at certain steps, 0 for the start; after a kill perhaps once more at the same step. */
  readonly observe?: {
    readonly steps: readonly number[];
    readonly see: (step: number, parameters: Parameters) => Promise<void>;
  };
  /** What is trained, for messages: e.g. "Pretraining". */
  readonly label: string;
}

export interface Trained {
  readonly parameters: Parameters;
  /** Loss of each step. */
  readonly losses: Float32Array;
}

/**
 * Trains with a cosine schedule. A run that was killed goes on from its checkpoint and ends with the same numbers
 * as an undisturbed one: batches and rates are functions of the step alone.
 * @throws UserError where the loss is no longer finite; the last good checkpoint stays
 * @throws Cancelled after writing a checkpoint, when the signal is aborted
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const { device, checkpoint, steps } = options;
  const definition = trainingProgram(options, device.precision);
  const found = checkpoint && (await readCheckpoint(checkpoint.file));
  const start = found && sameState(found.state, definition.state) && found.step <= steps ? found : undefined;
  const losses = new Float32Array(steps);
  if (start) losses.set(start.losses);
  const program = await device.compile(start ? { ...definition, state: start.state } : definition);
  const source = options.open(start?.step ?? 0);
  try {
    await runSteps(options, program, source, losses, start?.step ?? 0);
    return { parameters: networkOf(await program.state()), losses };
  } finally {
    await source.close();
    await program.dispose();
  }
}

async function runSteps(
  options: TrainOptions,
  program: Program,
  source: BatchSource,
  losses: Float32Array,
  first: number,
): Promise<void> {
  const { optimizer, steps, checkpoint, signal } = options;
  const save = async (step: number): Promise<void> => {
    if (!checkpoint) return;
    const state = await program.state();
    requireFinite(options, state, step);
    await writeCheckpoint(checkpoint.file, { step, state, losses: losses.slice(0, step) });
  };
  let saved = first;
  const look = async (step: number): Promise<void> => {
    if (!options.observe?.steps.includes(step)) return;
    try {
      await options.observe.see(step, networkOf(await program.state()));
    } catch (error) {
      if (error instanceof Cancelled && step > saved) await save(step);
      throw error;
    }
  };
  for (let step = first; step < steps; step++) {
    if (signal.aborted) {
      if (step > saved) await save(step);
      throw new Cancelled();
    }
    await look(step);
    const batch = await source.next();
    if (!batch) throw new Error(`The batches ended after ${step} of ${steps} steps.`);
    const rate = cosineRate(options.learningRate, step, steps, options.warmupSteps);
    const { loss } = await program.run({ ...options.feed(batch), ...optimizer.scalars(step, rate) });
    const value = loss!.data[0]!;
    losses[step] = value;
    if (!Number.isFinite(value)) throw diverged(options, step, saved);
    if (checkpoint && (step + 1) % checkpoint.everySteps === 0 && step + 1 < steps) {
      await save(step + 1);
      saved = step + 1;
    }
    options.onStep?.(step + 1, value);
  }
  await look(steps);
}

function requireFinite(options: TrainOptions, state: HostArrays, step: number): void {
  for (const { data } of Object.values(state)) {
    // A sum is finite only if every term is.
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i]!;
    if (!Number.isFinite(sum)) throw diverged(options, step, undefined);
  }
}

function diverged({ label, learningRate, checkpoint }: TrainOptions, step: number, saved?: number): UserError {
  const kept = checkpoint && saved ? ` The checkpoint of step ${saved} is kept.` : '';
  return new UserError(
    'training-diverged',
    `${label}: the loss is no longer a finite number at step ${step + 1} (learning rate ${learningRate}); ` +
      `lower the learning rate or lengthen the warm-up, and run again.${kept}`,
  );
}

/** A checkpoint of another network cannot be gone on from. */
function sameState(found: Checkpoint['state'], wanted: HostArrays): boolean {
  const names = Object.keys(wanted);
  return (
    names.length === Object.keys(found).length &&
    names.every((name) => String(found[name]?.shape) === String(wanted[name]!.shape))
  );
}
