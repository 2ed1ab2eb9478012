import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fail } from '../../../engine/commands/fail';
import { outliveOutput } from '../../../engine/commands/lost-output';
import { interruptSignal } from '../../../engine/commands/interrupt';
import { UserError } from '../../../engine/errors';
import type { Stage } from '../../../engine/run/stage';
import { studySchema } from '../../../engine/study/schema';
import { driveSweep } from '../../../engine/sweep/drive';
import { LocalRunner, taskExit } from '../../../engine/sweep/local';
import { planSweep } from '../../../engine/sweep/plan';
import { loadSweep, readSweep, writePlan } from '../../../engine/sweep/store';
import { executeTask } from '../../../engine/sweep/task';
import { fakeDevice, testStages } from '../../run/support/stages';

/**
 * Processes of a sweep whose stages are arithmetic: `child control <workspace> [retry]` computes the sweep of
 * study.json there, `child task --sweep <folder> --task <name>` one task of it.
 * settings.json there says how long a step takes and which seeds fail.
 */
const [mode = '', ...args] = process.argv.slice(2);
const interrupt = interruptSignal();
outliveOutput();
try {
  if (mode === 'control') await control(args[0]!, args.includes('retry'));
  else await task(args[1]!, args[3]!);
} catch (error) {
  process.exitCode = fail(error, false);
} finally {
  interrupt.dispose();
}

function stagesOf(workspace: string): Stage[] {
  const { stepMs, failing } = JSON.parse(readFileSync(join(workspace, 'settings.json'), 'utf8')) as {
    stepMs: number;
    failing?: { stage: string; seed?: number };
  };
  return testStages(join(workspace, 'trace.txt'), stepMs).map((stage): Stage =>
    stage.name === 'data'
      ? // The data of these stages is drawn by the seed.
        { ...stage, part: ({ data, seed }) => ({ data, seed }) }
      : stage.name === failing?.stage
        ? {
            ...stage,
            run: (context) => {
              if (failing.seed === undefined || context.study.seed === failing.seed)
                throw new UserError('told-to', 'It was told to fail; tell it otherwise.');
              return stage.run(context);
            },
          }
        : stage,
  );
}

async function control(workspace: string, retry: boolean): Promise<void> {
  const document: unknown = JSON.parse(readFileSync(join(workspace, 'study.json'), 'utf8'));
  const plan = await planSweep({
    studyPath: join(workspace, 'test.eigenprobe.json'),
    workspace,
    document,
    study: studySchema.parse(document),
    stagesOf: () => stagesOf(workspace),
    resolvePath: (path) => path,
    deviceOf: () => 'cpu',
  });
  const sweep = await writePlan(workspace, plan);
  const runner = new LocalRunner(
    sweep,
    { command: process.execPath, args: [process.argv[1]!, 'task'] },
    { slots: 3, gpus: 1 },
  );
  const { rows, shared } = await driveSweep(sweep, runner, {
    retry,
    signal: interrupt.signal,
    pollMs: 100,
    onSnapshot: (snapshot) => process.stdout.write(`rows ${JSON.stringify(snapshot.rows)}\n`),
    onMessage: (message) => process.stdout.write(`${message}\n`),
  });
  process.stdout.write(`over ${JSON.stringify({ rows, shared })}\n`);
}

async function task(folder: string, name: string): Promise<void> {
  const workspace = dirname(dirname(dirname(folder)));
  const sweep = await loadSweep((await readSweep(workspace, basename(folder)))!);
  const outcome = await executeTask(sweep, name, {
    stages: stagesOf(workspace),
    openDevice: () => Promise.resolve(fakeDevice('cpu')),
    signal: interrupt.signal,
  });
  process.exitCode = taskExit[outcome];
}
