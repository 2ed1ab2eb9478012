import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Cancelled, UserError } from '../errors';
import { createHome } from '../run/directory';
import { parseStudyOrThrow, parseStudy } from '../study/parse';
import { createPathResolver } from '../study/paths';
import type { Study } from '../study/schema';
import type { SweepBlock } from '../study/sweep-schema';
import { taskProgram } from '../sweep/current';
import { driveSweep } from '../sweep/drive';
import { LocalRunner, localSlots } from '../sweep/local';
import { planSweep, type SweepPlan } from '../sweep/plan';
import type { Runner } from '../sweep/runner';
import { slurmCommands } from '../sweep/slurm/commands';
import { SlurmRunner } from '../sweep/slurm/runner';
import type { Snapshot } from '../sweep/status';
import { writePlan, type LoadedSweep } from '../sweep/store';
import { writeTables } from '../sweep/tables/write';
import { cancelledExitCode, interruptSignal } from './interrupt';
import { print, printJsonLine, shortPath } from './output';
import { reasons } from './sweep-rows';
import { countsText, planText, summaryText } from './sweep-text';
import { findWorkspace } from './workspace';

export interface SweepFlags {
  plan?: boolean;
  runner?: 'local' | 'slurm';
  detach?: boolean;
  retry?: boolean;
  json?: boolean;
  workspace?: string;
}

/** `eigenprobe sweep <study>`: plans the study's sweep and computes what is missing of it. */
export async function sweep(studyFile: string, flags: SweepFlags): Promise<void> {
  const { plan, block, workspace } = await planFile(studyFile, flags);
  if (flags.json) printJsonLine({ type: 'plan', ...(await (await import('./sweep-text')).planFacts(plan, workspace)) });
  else print(await planText(plan, workspace));
  if (flags.plan) return;
  const kind = flags.runner ?? block.runner;
  if (flags.detach && kind !== 'slurm') {
    throw new UserError(
      'not-detachable',
      'Only a cluster goes on by itself; leave out --detach, or choose --runner slurm.',
    );
  }
  const written = await writePlan(workspace, plan);
  const say = (message: string): void => {
    if (flags.json) printJsonLine({ type: 'log', message });
    else process.stderr.write(`${message}\n`);
  };
  const interrupt = interruptSignal(() =>
    say(kind === 'slurm' ? 'Stopping to watch; the jobs go on.' : 'Stopping; what is computing ends at its next step.'),
  );
  const runner = makeRunner(kind, block, written, interrupt.signal, say);
  let snapshot: Snapshot;
  try {
    snapshot = await driveSweep(written, runner, {
      signal: interrupt.signal,
      detach: flags.detach,
      retry: flags.retry,
      ...(flags.detach && { graceMs: 0 }),
      onSnapshot: teller(flags.json === true),
      onMessage: say,
    });
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    const { id } = written.header;
    say(
      kind === 'slurm' && interrupt.signal.aborted
        ? `The jobs go on. Look: eigenprobe sweep show ${id}. Stop them: eigenprobe sweep cancel ${id}`
        : `The sweep ${id} was cancelled; run it again to go on.`,
    );
    process.exitCode = cancelledExitCode;
    return;
  } finally {
    interrupt.dispose();
  }
  await tellOutcome(written, snapshot, block, flags);
}

/** Reads and plans the sweep of a study file. */
export async function planFile(
  studyFile: string,
  { runner, workspace: given }: Pick<SweepFlags, 'runner' | 'workspace'>,
): Promise<{ plan: SweepPlan; block: SweepBlock; workspace: string }> {
  const text = await readText(studyFile);
  const study = parseStudyOrThrow(text, studyFile);
  const { document } = parseStudy(text, studyFile);
  const studyPath = resolve(studyFile);
  const workspace = findWorkspace(given, dirname(studyPath));
  await createHome(workspace);
  const { stagesOf } = await import('../stages/index');
  const auto = await autoDevice(study, runner ?? study.sweep?.runner ?? 'local');
  const plan = await planSweep({
    studyPath,
    workspace,
    document,
    study,
    stagesOf,
    resolvePath: createPathResolver({ studyFolder: dirname(studyPath), workspaceRoot: workspace }),
    deviceOf: (wanted) => (wanted === 'auto' ? auto : wanted),
  });
  return { plan, block: study.sweep!, workspace };
}

/**
 * What "auto" stands for, the same for all rows, so that they share results: here the fastest device; on a cluster
 * CUDA where tasks have GPUs, else the CPU.
 */
async function autoDevice(study: Study, runner: 'local' | 'slurm'): Promise<Study['device']> {
  const fields = [...Object.keys(study.sweep?.grid ?? {}), ...(study.sweep?.list ?? []).flatMap(Object.keys)];
  if (study.device !== 'auto' && !fields.includes('device')) return study.device;
  if (runner === 'slurm') return (study.sweep?.slurm.gpus ?? 0) > 0 ? 'cuda' : 'cpu';
  const { openDevice } = await import('../compute/index');
  return (await openDevice('auto')).name as Study['device'];
}

function makeRunner(
  kind: 'local' | 'slurm',
  block: SweepBlock,
  sweep: LoadedSweep,
  signal: AbortSignal,
  onMessage: (message: string) => void,
): Runner {
  const program = taskProgram();
  if (kind === 'slurm') {
    const { slurm } = block;
    return new SlurmRunner(sweep, { slurm, run: slurmCommands(slurm.host), program, signal, onMessage });
  }
  const { gpus } = block.local;
  return new LocalRunner(sweep, program, { slots: localSlots(block.local, sweep.header.device), gpus });
}

/** Tells how the sweep stands, whenever that has changed. */
function teller(json: boolean): (snapshot: Snapshot) => void {
  let told = '';
  return ({ rows, shared }) => {
    const text = json ? JSON.stringify({ type: 'status', rows, shared }) : countsText(rows, shared);
    if (text === told) return;
    told = text;
    if (json) print(text);
    else process.stderr.write(`${text}\n`);
  };
}

async function tellOutcome(
  sweep: LoadedSweep,
  snapshot: Snapshot,
  block: SweepBlock,
  { json, detach }: SweepFlags,
): Promise<void> {
  const { rows } = snapshot;
  const { id } = sweep.header;
  const unfinished = sweep.header.rows - (rows.finished ?? 0);
  if (detach && unfinished > 0) {
    if (json) printJsonLine({ type: 'detached', sweep: id, rows });
    else print(`The cluster computes it. Look: eigenprobe sweep show ${id}`);
    return;
  }
  const summary = await writeTables(sweep, block.best);
  if (json) printJsonLine({ type: 'summary', folder: sweep.folder, ...summary });
  else {
    print('');
    print(summaryText(summary));
    print(`Sweep   ${id}`);
    print(`Tables  ${shortPath(join(sweep.folder, 'table.csv'))}, .parquet, .md`);
  }
  if (unfinished === 0) return;
  process.exitCode = 2;
  const why = await reasons(sweep, snapshot);
  const message = `${unfinished} of ${sweep.header.rows} rows have no result${why[0] ? `: ${why[0].error}` : '.'}`;
  if (json) printJsonLine({ type: 'error', bug: false, code: 'rows-missing', message, reasons: why });
  else process.stderr.write(`${message}\nEvery row: eigenprobe sweep show ${id} --rows\n`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new UserError('study-missing', `There is no study file ${file}; check the path.`);
    throw error;
  }
}
