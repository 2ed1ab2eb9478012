import * as z from 'zod';
import { positiveInteger } from './schema-parts';

/** The part of the study's schema that says which rows a sweep has and where they are computed. */

const word = (pattern: RegExp, what: string) => z.string().regex(pattern).describe(what);

export const slurmSchema = z
  .strictObject({
    host: word(
      /^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/,
      'Host to run sbatch, squeue and scancel on through ssh, as ssh knows it. By default they run on this machine.',
    ).optional(),
    workspace: word(
      /^\//,
      'Path of the workspace as the cluster sees it. By default as here: the file system is shared.',
    ).optional(),
    program: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Shell command that starts eigenprobe on the cluster. By default the Node and the program that submit.',
      ),
    partition: word(/^[\w.,-]+$/, 'Partitions, as for sbatch.').optional(),
    account: word(/^[\w.@-]+$/, 'Account that is charged.').optional(),
    gpus: z.int().min(0).max(64).default(0).describe('GPUs of each task.'),
    cpus: positiveInteger.max(1024).default(1).describe('CPU cores of each task.'),
    memory: word(/^\d+[KMGT]?$/, 'Memory of each task, e.g. "8G".').optional(),
    time: word(
      /^(\d+-\d{1,2}(:\d{1,2}){0,2}|\d+(:\d{1,2}){0,2})$/,
      'Time limit of each task as for sbatch: minutes, H:MM:SS or D-HH:MM. Shortly before, a task writes a checkpoint and is put back into the queue.',
    ).optional(),
    throttle: positiveInteger.optional().describe('At most this many tasks of one array at once.'),
    setup: z
      .array(z.string())
      .default([])
      .describe('Shell lines before the program in each task, e.g. "module load cuda".'),
    options: z
      .array(word(/^--[a-z][a-z-]*(=.*)?$/, 'One option of sbatch.'))
      .default([])
      .describe('Further options of sbatch, e.g. "--constraint=a100".'),
    maxJobs: positiveInteger
      .max(1_000_000)
      .default(5000)
      .describe('At most this many array elements; with more rows an element computes several, one after the other.'),
  })
  .prefault({})
  .describe('Resources of each task and where the cluster is, for the runner "slurm".');

export const localSchema = z
  .strictObject({
    parallel: positiveInteger
      .max(1024)
      .optional()
      .describe('Processes at once. By default one a GPU, on the CPU one for every four cores.'),
    gpus: positiveInteger.max(64).default(1).describe('GPUs of this machine that CUDA may use, one process each.'),
  })
  .prefault({})
  .describe('For the runner "local".');

export const sweepSchema = z
  .strictObject({
    grid: z
      .record(z.string(), z.array(z.unknown()).min(1))
      .optional()
      .describe(
        'Values by the path of a field, e.g. "seed": [0, 1, 2] or "pretrain.optimizer.learningRate": [1e-3, 3e-3]. Every combination is a row. null leaves the member out.',
      ),
    list: z
      .array(z.record(z.string(), z.unknown()))
      .min(1)
      .optional()
      .describe(
        'Settings that belong together, each a value by the path of a field, e.g. { "data.source": "photo", "data.target": "sketch" }. Combined with every combination of the grid.',
      ),
    best: z
      .strictObject({
        figure: z.string().min(1).describe('Identifier of the figure, e.g. "transfer.accuracy".'),
        method: z.string().optional(),
        domain: z.string().optional(),
        shift: z.enum(['ID', 'OOD']).optional(),
        better: z.enum(['higher', 'lower']).optional().describe("By default the figure's own."),
      })
      .optional()
      .describe('Which figure, its mean over seeds, names the best setting.'),
    runner: z.enum(['local', 'slurm']).default('local').describe('local: this machine. slurm: a Slurm cluster.'),
    local: localSchema,
    slurm: slurmSchema,
  })
  .describe('Many runs of this study, each with other settings: eigenprobe sweep.');

export type SweepBlock = z.output<typeof sweepSchema>;
export type SlurmBlock = SweepBlock['slurm'];
export type LocalBlock = SweepBlock['local'];
export type BestBlock = NonNullable<SweepBlock['best']>;
