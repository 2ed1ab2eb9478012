import { posix } from 'node:path';
import type { SlurmBlock } from '../../study/sweep-schema';
import type { Program } from '../local';
import { warningOption } from '../time-limit';
import { shellLine } from './commands';

export interface JobRequest {
  readonly name: string;
  readonly array: string;
  /** `afterok:1_2:3`, `afterany:7`. */
  readonly dependency?: string;
  readonly slurm: SlurmBlock;
  /** The sweep's folder and the workspace as the cluster sees them. */
  readonly folder: string;
  readonly workspace: string;
}

/** Arguments of sbatch, which reads the script from its standard input. */
export function sbatchArguments({ name, array, dependency, slurm, folder, workspace }: JobRequest): string[] {
  const { partition, account, gpus, cpus, memory, time, throttle, options } = slurm;
  return [
    '--parsable',
    `--job-name=${name}`,
    `--array=${array}${throttle === undefined ? '' : `%${throttle}`}`,
    `--chdir=${workspace}`,
    // A percent sign of the folder's own is written twice.
    `--output=${posix.join(folder.replaceAll('%', '%%'), 'logs', '%x-%a.log')}`,
    '--open-mode=append',
    // A node that dies gives its tasks back to the queue.
    '--requeue',
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    ...(dependency === undefined ? [] : [`--dependency=${dependency}`, '--kill-on-invalid-dep=yes']),
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(gpus === 0 ? [] : [`--gres=gpu:${gpus}`]),
    ...(memory === undefined ? [] : [`--mem=${memory}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    warningOption(time),
    ...options,
  ];
}

/**
 * The script of a job. It ends in exec, so that the signals that Slurm sends reach the engine, which then puts down
 * its work in good order.
 */
export function jobScript({
  program,
  variables,
  setup,
  folder,
  submission,
  job,
}: {
  readonly program: Program | string;
  readonly variables: Readonly<Record<string, string>>;
  readonly setup: readonly string[];
  readonly folder: string;
  readonly submission: string;
  readonly job: string;
}): string {
  const start = typeof program === 'string' ? program : shellLine([program.command, ...program.args]);
  return [
    '#!/bin/sh',
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${shellLine([value])}`),
    ...setup,
    `exec ${start} --sweep ${shellLine([folder])} --submission ${shellLine([submission])} --job ${shellLine([job])} --element "$SLURM_ARRAY_TASK_ID"`,
    '',
  ].join('\n');
}

/** The environment variables that a study's paths name as ${NAME}. */
export function pathVariables(document: unknown, environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const names = new Set(
    [...JSON.stringify(document).matchAll(/"\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)].map(([, name]) => name!),
  );
  return Object.fromEntries(
    [...names].flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}
