import type { Device } from '../compute/device';
import type { Study } from '../study/schema';
import type { Figure, StageName } from './format';

/** What a stage may tell the world while it runs. */
export interface Reporter {
  progress(done: number, total: number, label: string): void;
  metric(name: string, step: number, value: number): void;
  log(level: 'info' | 'warning', message: string): void;
}

export interface StageContext {
  readonly study: Study;
  /** Folder of the study file: paths in the study are relative to it. */
  readonly resolvePath: (path: string) => string;
  /** Folder to write into. It survives a kill: a stage that is run again finds its own checkpoints here. */
  readonly folder: string;
  /** Folders of the finished stages that this one asked for. */
  readonly inputs: Readonly<Partial<Record<StageName, string>>>;
  readonly report: Reporter;
  readonly signal: AbortSignal;
  readonly device: Device;
}

export interface StageOutput {
  figures: Omit<Figure, 'stage'>[];
  details: Record<string, unknown>;
}

/**
 * A stage is a function from its inputs to a folder. Its key is the hash of `part(study)`, the keys of its
 * inputs and the engine's version; a folder that is there is not computed again.
 */
export interface Stage {
  readonly name: StageName;
  /** False where the device plays no part, so that the result is the same on every device. By default true. */
  readonly computes?: boolean;
  /** Stages whose folders this one reads. */
  inputs(study: Study): StageName[];
  /** The part of the study that this stage depends on (JSON), beside its inputs. */
  part(study: Study): unknown;
  /** Extra identity that is not in the study, e.g. sizes and times of data files. */
  fingerprint?(study: Study, resolvePath: (path: string) => string): Promise<unknown>;
  /** True when the study asks for this stage. */
  wanted(study: Study): boolean;
  run(context: StageContext): Promise<StageOutput>;
}
