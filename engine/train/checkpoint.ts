import { rm } from 'node:fs/promises';
import type { HostArrays } from '../compute/device';
import { readSafetensors, writeSafetensors } from '../data/safetensors';
import { UserError } from '../errors';
import { errorCode } from '../run/disk';

/** All that a training run needs to go on as if nothing had happened. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  /** Parameters, buffers and the optimiser's slots. */
  readonly state: HostArrays;
  /** Loss of each step so far. */
  readonly losses: Float32Array;
}

const lossesName = 'history/loss';

export async function writeCheckpoint(file: string, { step, state, losses }: Checkpoint): Promise<void> {
  const history = { shape: [losses.length], data: losses };
  await writeSafetensors(file, { ...state, [lossesName]: history }, { step: String(step) });
}

/** The checkpoint in a file, or undefined where there is none or it is damaged: then training starts anew. */
export async function readCheckpoint(file: string): Promise<Checkpoint | undefined> {
  try {
    const { tensors, metadata } = await readSafetensors(file);
    const { [lossesName]: losses, ...state } = Object.fromEntries(tensors);
    const step = Number(metadata.step);
    if (!losses || !Number.isInteger(step) || losses.data.length !== step) return undefined;
    return { step, state: state as HostArrays, losses: Float32Array.from(losses.data) };
  } catch (error) {
    if (error instanceof UserError || errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function removeCheckpoint(file: string): Promise<void> {
  await rm(file, { force: true });
}
