import { mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Device } from '../compute/device';
import { Cancelled, UserError } from '../errors';
import type { Study } from '../study/schema';
import {
  cachePaths,
  completeStage,
  computedOn,
  discard,
  publish,
  readManifest,
  stageIdentity,
  stageKey,
  type StageIdentity,
} from './cache';
import { createHome, readRun, runFiles } from './directory';
import { errorCode, explainDiskError } from './disk';
import { Eta } from './eta';
import { formatVersion, type RunEvent, type RunOfSweep, type RunRecord, type StageName } from './format';
import { hashJson } from './hash';
import { waitForLock } from './lock';
import { planStages } from './plan';
import {
  describeProcess,
  findUnfinished,
  newRun,
  openNamed,
  reopenRun,
  RunSession,
  type OpenedDirectory,
} from './session';
import type { Reporter, Stage } from './stage';
import { engineVersion } from './version';

export interface RunOptions {
  /** Folder that holds `.eigenprobe`. */
  workspace: string;
  /** Every stage there is. By default the registry in engine/stages. */
  stages?: readonly Stage[];
  /** Opens the device that the study asks for. By default engine/compute. */
  openDevice?: (wanted: Study['device'], precision: Study['precision']) => Promise<Device>;
  /** How paths in the study become absolute. By default relative to the study's folder. */
  resolvePath?: (path: string) => string;
  /** Run only these stages and those that they read. */
  only?: StageName | readonly StageName[];
  /** Compute what is in the cache again (with `only`, that stage alone), in a new run directory. */
  fresh?: boolean;
  /** Take up the run in this directory, and no other. */
  resume?: string;
  /** Run in the directory of this id, taken up where it is there, as a part of a sweep. */
  named?: { id: string; sweep: RunOfSweep };
  signal?: AbortSignal;
  onStart?: (directory: string, record: RunRecord) => void;
  onEvent?: (event: RunEvent) => void;
}

/**
 * Runs a study's stages in order and returns the finished run's record. Takes up the newest unfinished run
 * of the same study, else makes a new one; a stage whose key is in the cache is not computed again.
 * However it ends, the run directory says so. Rejects with Cancelled when the signal is aborted, with a
 * UserError for what the user can mend, and otherwise with what a stage threw.
 */
export async function executeRun(studyPath: string, study: Study, options: RunOptions): Promise<RunRecord> {
  const workspace = resolve(options.workspace);
  const plan = planStages(options.stages ?? (await import('../stages/index')).stagesOf(study), study, options.only);
  const openDevice = options.openDevice ?? (await import('../compute/index')).openDevice;
  if (options.signal?.aborted) throw new Cancelled();
  const device = await openDevice(study.device, study.precision);
  const session = await startSession(studyPath, study, plan, device, workspace, options);
  const signal = AbortSignal.any([session.cancelRequested, ...(options.signal ? [options.signal] : [])]);
  try {
    options.onStart?.(session.directory, session.record);
    await new Execution(studyPath, study, plan, device, workspace, options, session, signal).run();
    await session.end('finished');
    return session.record;
  } catch (error) {
    throw await recordFailure(session, error, signal);
  }
}

async function startSession(
  studyPath: string,
  study: Study,
  plan: readonly Stage[],
  device: Device,
  workspace: string,
  options: RunOptions,
): Promise<RunSession> {
  try {
    await createHome(workspace);
    const hash = hashJson(study);
    const names = plan.map((stage) => stage.name);
    const opened = options.named
      ? await openNamed(workspace, options.named.id, options.signal)
      : options.resume !== undefined
        ? await takeUpExactly(options.resume)
        : ((options.fresh ? undefined : await takeUp(workspace, hash, names)) ?? (await newRun(workspace)));
    const { process, platform, node } = describeProcess();
    return await RunSession.open(
      opened,
      {
        version: formatVersion,
        state: 'running',
        study: { name: study.name, path: relative(workspace, resolve(studyPath)), hash },
        seed: study.seed,
        device: { name: device.name, detail: device.detail },
        engine: { version: engineVersion, node, platform },
        process,
        updatedAt: new Date().toISOString(),
        stages: Object.fromEntries(names.map((name) => [name, { key: '', state: 'waiting' }])),
        ...(options.named && { sweep: options.named.sweep }),
      },
      study,
      options.onEvent,
    );
  } catch (error) {
    throw explainDiskError(error, workspace);
  }
}

async function takeUp(
  workspace: string,
  studyHash: string,
  stages: readonly StageName[],
): Promise<OpenedDirectory | undefined> {
  for (const entry of await findUnfinished(workspace, studyHash, stages)) {
    const opened = await reopenRun(entry);
    if (opened) return opened;
  }
  return undefined;
}

async function takeUpExactly(directory: string): Promise<OpenedDirectory> {
  const entry = await readRun(directory);
  const opened = entry && (await reopenRun(entry));
  if (opened) return opened;
  throw new UserError(
    'not-resumable',
    `The run in ${directory} cannot be resumed: it has finished, or another process is running it.`,
  );
}

/** Records how a run ended that did not finish, and returns what to throw. */
async function recordFailure(session: RunSession, thrown: unknown, signal: AbortSignal): Promise<unknown> {
  const cancelled = signal.aborted;
  const error = cancelled ? new Cancelled() : explainDiskError(thrown, session.directory);
  const sentence =
    error instanceof UserError ? error.toString() : error instanceof Error ? error.message : String(error);
  try {
    for (const [name, stage] of Object.entries(session.record.stages)) {
      if (stage.state !== 'running') continue;
      await session.setStage(name as StageName, cancelled ? 'cancelled' : 'failed');
    }
    if (!cancelled && !(error instanceof UserError) && error instanceof Error && error.stack) {
      session.events.write({ type: 'log', level: 'error', message: error.stack });
    }
  } catch {
    // What the disk refuses must not hide the error that is being reported.
  }
  await session.end(cancelled ? 'cancelled' : 'failed', cancelled ? undefined : sentence).catch(() => undefined);
  return error;
}

/** One pass over the stages of a run. */
class Execution {
  private readonly keys: Partial<Record<StageName, string>> = {};
  private readonly resolvePath: (path: string) => string;

  constructor(
    studyPath: string,
    private readonly study: Study,
    private readonly plan: readonly Stage[],
    private readonly device: Device,
    private readonly workspace: string,
    private readonly options: RunOptions,
    private readonly session: RunSession,
    private readonly signal: AbortSignal,
  ) {
    const folder = dirname(resolve(studyPath));
    this.resolvePath = options.resolvePath ?? ((path) => resolve(folder, path));
  }

  async run(): Promise<void> {
    const identities = new Map<Stage, StageIdentity>();
    for (const stage of this.plan) {
      this.throwIfCancelled();
      const identity = await this.identify(stage);
      identities.set(stage, identity);
      const key = stageKey(identity);
      this.keys[stage.name] = key;
      this.session.setKey(stage.name, key);
    }
    const names = this.plan.map((stage) => stage.name);
    for (const stage of this.plan) {
      this.throwIfCancelled();
      await this.runStage(stage, identities.get(stage)!);
      await this.session.writeResults(names);
    }
    this.throwIfCancelled();
  }

  private async identify(stage: Stage): Promise<StageIdentity> {
    const fingerprint = await stage.fingerprint?.(this.study, this.resolvePath);
    return stageIdentity(stage, this.study, this.keys, fingerprint, computedOn(this.device.name, this.study));
  }

  private async runStage(stage: Stage, identity: StageIdentity): Promise<void> {
    const key = this.keys[stage.name]!;
    const paths = cachePaths(this.workspace, stage.name, key);
    const target = this.stageFolder(stage.name);
    const { only } = this.options;
    const again = this.options.fresh === true && (only === undefined || [only].flat().includes(stage.name));
    if (!again && (await this.reuse(stage, paths.folder, target, key))) return;

    const lock = await waitForLock(paths.lock, {
      signal: this.signal,
      onWait: ({ pid, host }) =>
        this.session.events.write({
          type: 'log',
          level: 'info',
          stage: stage.name,
          message: `Process ${pid} on ${host} is computing ${stage.name} already; waiting for its result.`,
        }),
    });
    try {
      // Whoever held the lock may have left what is wanted.
      if (!again && (await this.reuse(stage, paths.folder, target, key))) return;
      if (again) await discard(paths.partial);
      await mkdir(paths.partial, { recursive: true });
      await this.session.setStage(stage.name, 'running');
      const start = performance.now();
      const output = await stage.run({
        study: this.study,
        resolvePath: this.resolvePath,
        folder: paths.partial,
        inputs: Object.fromEntries(stage.inputs(this.study).map((name) => [name, this.stageFolder(name)])),
        report: this.reporter(stage.name),
        signal: this.signal,
        device: this.device,
      });
      const seconds = Math.round(performance.now() - start) / 1000;
      const figures = output.figures.map((figure) => ({ ...figure, stage: stage.name }));
      await completeStage(
        paths,
        identity,
        key,
        { version: formatVersion, stage: stage.name, figures, details: output.details },
        seconds,
      );
      await publish(paths.folder, target, key);
      await this.session.setStage(stage.name, 'finished', seconds);
    } finally {
      await lock.release();
    }
  }

  /** Publishes a stage from the cache; false where it is not there. */
  private async reuse(stage: Stage, folder: string, target: string, key: string): Promise<boolean> {
    const manifest = await readManifest(folder, key);
    if (!manifest) return false;
    try {
      await publish(folder, target, key);
    } catch (error) {
      // Another process has just thrown it away to compute it again.
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
    await this.session.setStage(stage.name, 'cached', manifest.seconds);
    return true;
  }

  private reporter(stage: StageName): Reporter {
    const eta = new Eta();
    const { events } = this.session;
    return {
      progress: (done, total, label) => {
        const etaSeconds = eta.update(done, total, Date.now());
        events.write({ type: 'progress', stage, done, total, label, etaSeconds });
      },
      metric: (name, step, value) => events.write({ type: 'metric', stage, name, step, value }),
      log: (level, message) => events.write({ type: 'log', level, stage, message }),
    };
  }

  private stageFolder(stage: StageName): string {
    return join(this.session.directory, runFiles.stages, stage);
  }

  private throwIfCancelled(): void {
    if (this.signal.aborted) throw new Cancelled();
  }
}
