import { Command, Option } from 'commander';
import type { DoctorFlags } from './commands/doctor';
import type { ExportFlags } from './commands/export';
import type { RunFlags } from './commands/run';
import { seed, wholeNumber } from './commands/numeric-options';
import { addSweep } from './commands/sweep-program';
import { addDistortion } from './commands/theory-distortion';
import { addGraphTheory } from './commands/theory-graph';
import { engineVersion } from './run/version';

interface Flags {
  json?: boolean;
  workspace?: string;
}

const workspaceOption = [
  '-w, --workspace <folder>',
  'folder that holds .eigenprobe (by default the nearest above that has one, else the current one)',
] as const;
const runArgument = ['<run>', 'id of the run, its beginning, its folder, or "latest"'] as const;
const studyArgument = ['<study>', 'study file, *.eigenprobe.json or *.eigenprobe.yaml'] as const;

const examples = `
Examples:
  $ eigenprobe example shapes             write the built-in images and a study of them into shapes/
  $ eigenprobe check shapes/sketch-photo.eigenprobe.json
  $ eigenprobe run shapes/sketch-photo.eigenprobe.json
  $ eigenprobe run study.eigenprobe.yaml --stage spectrum
  $ eigenprobe show latest                figures of the newest run
  $ eigenprobe list --json | jq '.[0].state'

A run lies in <workspace>/.eigenprobe/runs/<id>. Stop it with Ctrl+C and run the study again: it goes on where it
was. Change a line of the study and run again: only the stages that the line touches are computed anew.

Exit codes: 0 done, 2 something to mend (said in one sentence), 130 cancelled, 1 a bug of ours.`;

/** The command line. Modules behind a command are loaded when it is called. */
export function program(): Command {
  const main = new Command('eigenprobe')
    .description(
      'What has a pretrained representation learned? Measures, on your own data, which clusters its eigenvectors find,\n' +
        'whether a linear head solves your task, carries over to another domain, and what fine-tuning does to it.',
    )
    .version(engineVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(eigenprobe --help shows all commands)')
    .addHelpText('after', examples)
    // A mistake on the command line is the user's to mend, as every other with exit code 2.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

  main
    .command('run')
    .description('run a study, or go on with its newest unfinished run')
    .argument(...studyArgument)
    .option('-s, --stage <name>', 'run only this stage and those that it reads')
    .option('--fresh', 'compute again what is in the cache (with --stage, that stage alone)')
    .option('--json', 'events as JSON lines on stdout, then the results')
    .option(...workspaceOption)
    .action(async (study: string, flags: RunFlags) => (await import('./commands/run')).run(study, flags));
  main
    .command('resume')
    .description('go on with a cancelled, failed or interrupted run, with the study as it was then')
    .argument(...runArgument)
    .option('--json', 'events as JSON lines on stdout, then the results')
    .option(...workspaceOption)
    .action(async (reference: string, flags: Flags) => (await import('./commands/resume')).resume(reference, flags));
  main
    .command('cancel')
    .description('stop a run that is computing; it can be resumed')
    .argument(...runArgument)
    .option(...workspaceOption)
    .action(async (reference: string, flags: Flags) => (await import('./commands/cancel')).cancel(reference, flags));
  main
    .command('list')
    .description("list the workspace's runs, newest first")
    .option('--json', 'as JSON')
    .option(...workspaceOption)
    .action(async (flags: Flags) => (await import('./commands/list')).list(flags));
  main
    .command('show')
    .description("print a run's state and its table of figures")
    .argument(...runArgument)
    .option('--json', 'as JSON')
    .option(...workspaceOption)
    .action(async (reference: string, flags: Flags) => (await import('./commands/show')).show(reference, flags));
  main
    .command('report')
    .description("write a run's report (one HTML file) and print its path")
    .argument(...runArgument)
    .option(...workspaceOption)
    .action(async (reference: string, flags: Flags) => (await import('./commands/report')).report(reference, flags));
  main
    .command('export')
    .description("write a run's network for other tools: .safetensors by the names it was imported with, or .onnx")
    .argument(...runArgument)
    .option('-m, --method <name>', 'a method of fine-tuning, or "pretrained" (by default LP-FT where the run has it)')
    .addOption(new Option('-f, --format <name>', 'of the file').choices(['safetensors', 'onnx']).default('safetensors'))
    .option('-o, --output <file>', 'where to write it (by default <study>-<method>.<format> in the current folder)')
    .option('--batch <number>', 'images that the .onnx file takes at once', wholeNumber(1, 65536), 1)
    .option(...workspaceOption)
    .action(async (reference: string, flags: ExportFlags) =>
      (await import('./commands/export')).exportRun(reference, flags),
    );
  main
    .command('path')
    .description('print the samples along the shortest path between two samples in the graph of a run')
    .argument(...runArgument)
    .argument('<a>', 'row number, name, or the end of the name of a sample')
    .argument('<b>', 'the other sample')
    .option('--neighbours <number>', 'nearest neighbours joined where the run has no graph', wholeNumber(1, 1e7), 15)
    .option('--json', 'as JSON')
    .option(...workspaceOption)
    .action(async (reference: string, a: string, b: string, flags: Flags & { neighbours: number }) =>
      (await import('./commands/path')).path(reference, a, b, flags),
    );
  main
    .command('clusters')
    .description('cluster the samples of a run anew, into another number of clusters')
    .argument(...runArgument)
    .requiredOption('-k, --clusters <number>', 'how many', wholeNumber(2, 1e6))
    .option('--json', 'as JSON')
    .option(...workspaceOption)
    .action(async (reference: string, flags: Flags & { clusters: number }) =>
      (await import('./commands/clusters')).clusters(reference, flags),
    );
  main
    .command('project')
    .description('project the samples of a run to two dimensions')
    .argument(...runArgument)
    .option('--method <name>', 'pca or umap', 'pca')
    .option('--of <space>', 'features, embedding, eigenvectors, or finetune (where fine-tuning moves them)', 'features')
    .option('--limit <number>', 'most samples; of more a stratified sample is drawn', wholeNumber(2, 1e7), 20000)
    .option('--json', 'as JSON')
    .option(...workspaceOption)
    .action(async (reference: string, flags: Flags & { method: string; of: string; limit: number }) =>
      (await import('./commands/project')).project(reference, flags),
    );
  main
    .command('check')
    .description('say what is wrong in a study, as file:line:column')
    .argument(...studyArgument)
    .option('--json', 'as JSON')
    .option(...workspaceOption)
    .action(async (study: string, flags: Flags) => (await import('./commands/check')).check(study, flags));
  main
    .command('example')
    .description('write the built-in example: images of two domains, and a study of them')
    .argument('[folder]', 'where to write it', 'eigenprobe-example')
    .option('--seed <number>', 'seed that the images are drawn from', seed, 0)
    .action(async (folder: string, flags: { seed: number }) =>
      (await import('./commands/example')).example(folder, flags),
    );
  addSweep(main, workspaceOption);
  const theory = main
    .command('theory')
    .description('the theory in numbers: closed forms, bounds and small experiments');
  addGraphTheory(theory);
  addDistortion(theory);
  main
    .command('doctor')
    .description('show the devices of this machine, with a training step timed on each, and what is missing')
    .option('--json', 'as JSON')
    .option('--quick', 'look for the devices without a training step')
    .option('--link-tensorflow <python>', "build tfjs-node's binding against the TensorFlow of this Python")
    .action(async (flags: DoctorFlags) => (await import('./commands/doctor')).doctor(flags));
  main
    .command('schema')
    .description('print the JSON Schema of study files')
    .action(async () => (await import('./commands/schema')).schema());
  return main;
}
