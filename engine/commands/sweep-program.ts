import { InvalidArgumentError, type Command } from 'commander';
import { wholeNumber } from './numeric-options';
import type { SweepFlags } from './sweep';
import type { ShowFlags } from './sweep-show';
import type { TaskFlags } from './sweep-task';

const examples = `
Examples:
  $ eigenprobe sweep study.eigenprobe.json --plan      what would be computed, and what is there already
  $ eigenprobe sweep study.eigenprobe.json             compute what is missing, on this machine or on a cluster
  $ eigenprobe sweep study.eigenprobe.json --runner slurm --detach
  $ eigenprobe sweep show latest --rows
  $ eigenprobe sweep show latest --pivot data.source data.target --figure transfer.accuracy --method spectral
  $ eigenprobe sweep show latest --format parquet --out table.parquet`;

/** Adds `sweep` and its parts to the command line. */
export function addSweep(main: Command, workspaceOption: readonly [string, string]): void {
  const sweep = main.command('sweep').description('many runs of one study, on this machine or on a Slurm cluster');
  const argument = ['[sweep]', 'id of the sweep, its beginning, its study file, or "latest"', 'latest'] as const;
  sweep
    .command('run', { isDefault: true })
    .description('compute the rows of a study\'s "sweep" that are not there yet')
    .argument('<study>', 'study file with a "sweep"')
    .option('--plan', 'only say what would be computed')
    .option('--runner <name>', 'local or slurm, instead of what the study says', runnerName)
    .option('--detach', 'hand everything to the cluster and return')
    .option('--retry', 'try again what failed')
    .option('--json', 'plan and progress as JSON lines on stdout, then the summary')
    .option(...workspaceOption)
    .addHelpText('after', examples)
    .action(async (study: string, flags: SweepFlags) => (await import('./sweep')).sweep(study, flags));
  sweep
    .command('show')
    .description("how a sweep's rows stand, and their figures: means and intervals over seeds")
    .argument(...argument)
    .option('--rows', 'every row with its state')
    .option('--states', 'the states of all rows, without any figures')
    .option('--most <number>', 'with --states: so many rows, failures first', wholeNumber(1, 1_000_000))
    .option('--figure <id>', 'figures of this id only')
    .option('--method <name>', 'of this method only')
    .option('--domain <name>', 'measured on this domain only')
    .option('--shift <name>', 'ID or OOD only')
    .option('--pivot <fields...>', 'two fields: a table of the figure by the one and the other')
    .option('--minus <method>', 'in the pivot: less this method, row by row')
    .option('--format <name>', 'csv, parquet or markdown, instead of a table for people', formatName)
    .option('--out <file>', 'write there')
    .option('--json', 'as JSON')
    .option(...workspaceOption)
    .action(async (reference: string, flags: ShowFlags) => (await import('./sweep-show')).showSweep(reference, flags));
  sweep
    .command('list')
    .description("list the workspace's sweeps, newest first")
    .option('--json', 'as JSON')
    .option(...workspaceOption)
    .action(async (flags: { json?: boolean; workspace?: string }) => (await import('./sweep-list')).listSweep(flags));
  sweep
    .command('cancel')
    .description('stop what a sweep computes; it can be gone on with')
    .argument(...argument)
    .option(...workspaceOption)
    .action(async (reference: string, flags: { workspace?: string }) =>
      (await import('./sweep-list')).cancel(reference, flags),
    );
  sweep
    .command('task', { hidden: true })
    .description('compute one task of a sweep; schedulers call it')
    .requiredOption('--sweep <folder>', "the sweep's folder")
    .option('--task <name>', 'name of the task')
    .option('--submission <id>', 'instead: a submission')
    .option('--job <name>', 'a job of it')
    .option('--element <number>', 'and its array element')
    .action(async (flags: TaskFlags) => (await import('./sweep-task')).sweepTask(flags));
}

function runnerName(text: string): 'local' | 'slurm' {
  if (text === 'local' || text === 'slurm') return text;
  throw new InvalidArgumentError('It must be local or slurm.');
}

function formatName(text: string): 'csv' | 'parquet' | 'markdown' {
  if (text === 'csv' || text === 'parquet' || text === 'markdown') return text;
  throw new InvalidArgumentError('It must be csv, parquet or markdown.');
}
