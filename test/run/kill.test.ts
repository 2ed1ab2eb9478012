import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryName } from '../../engine/run/atomic';
import { listRuns, readResults, readRun } from '../../engine/run/directory';
import { readEvents } from '../../engine/run/events';
import { bundleChild, readTrace, startChild, temporaryFolder } from './support/process';
import { checkpointSteps, expectedState, steps, studyOf } from './support/stages';

const home = temporaryFolder();
let program: string;
let workspace: ReturnType<typeof temporaryFolder>;
let trace: string;
const seed = studyOf().seed + 1;

beforeAll(async () => {
  program = await bundleChild(home.path);
});
beforeEach(() => {
  workspace = temporaryFolder();
  trace = join(workspace.path, 'trace.txt');
  return workspace.remove;
});
afterAll(home.remove);

const start = (stepMs: number) => startChild(program, [workspace.path, trace, String(stepMs)]);
const finalState = (directory: string) =>
  Number(readFileSync(join(directory, 'stages', 'pretrain', 'state.txt'), 'utf8'));
const only = async () => {
  const runs = await listRuns(workspace.path);
  expect(runs).toHaveLength(1);
  return runs[0]!;
};

describe('a process that dies', () => {
  test('kill -9 in the middle of a stage: the next one goes on from its checkpoint to the same result', async () => {
    const first = start(20);
    await first.until(/"step 17"/);
    first.process.kill('SIGKILL');
    expect((await first.exit).signal).toBe('SIGKILL');

    const broken = await only();
    expect(broken.record.state).toBe('running');
    expect(broken.state).toBe('interrupted');
    expect(broken.record.stages.pretrain?.state).toBe('running');

    // As if the kill had come in the middle of writing these.
    const home = join(workspace.path, '.eigenprobe');
    const cache = join(home, 'cache');
    const partial = join(
      cache,
      readdirSync(cache).find((name) => name.endsWith('.partial'))!,
    );
    for (const folder of [broken.directory, partial]) {
      writeFileSync(temporaryName(join(folder, 'state.txt')), 'hal');
    }

    const second = start(1);
    expect((await second.exit).code).toBe(0);
    const left = readdirSync(home, { recursive: true }).map(String);
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const resumed = await only();
    expect(resumed.record.id).toBe(broken.record.id);
    expect(resumed.state).toBe('finished');
    expect(resumed.record.stages.data?.state).toBe('cached');
    expect(finalState(resumed.directory)).toBe(expectedState(seed, steps));

    // The second process began after the last checkpoint: nothing before it was computed again.
    const done = readTrace(trace)
      .filter((line) => line.startsWith('pretrain'))
      .map((line) => Number(line.split(' ')[1]));
    const restart = done.findIndex((step, i) => i > 0 && step <= done[i - 1]!);
    const killedAt = done[restart - 1]!;
    expect(killedAt).toBeGreaterThanOrEqual(17);
    expect(done[restart]).toBe(Math.floor(killedAt / checkpointSteps) * checkpointSteps + 1);
    expect(readTrace(trace).filter((line) => line.startsWith('data'))).toHaveLength(1);

    const events = await readEvents(join(resumed.directory, 'events.jsonl'));
    expect(events.filter((event) => event.type === 'run').map((event) => event.state)).toEqual([
      'running',
      'running',
      'finished',
    ]);
    const results = await readResults(resumed.directory);
    expect(results?.figures.map((figure) => [figure.stage, figure.value])).toEqual([
      ['data', 7],
      ['pretrain', expectedState(seed, steps)],
      ['finetune', expectedState(seed, steps)],
    ]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s leaves a readable cancelled run that can go on', async (signal) => {
    const first = start(20);
    await first.until(/"step 7"/);
    first.process.kill(signal);
    expect((await first.exit).code).toBe(130);
    const { record, state } = await only();
    expect(state).toBe('cancelled');
    expect(record.stages.pretrain?.state).toBe('cancelled');
    expect(record.stages.finetune?.state).toBe('waiting');
    expect(record.finishedAt).toBeDefined();
    expect(record.error).toBeUndefined();

    expect((await start(1).exit).code).toBe(0);
    const done = await only();
    expect(done.record.id).toBe(record.id);
    expect(finalState(done.directory)).toBe(expectedState(seed, steps));
  });

  test('a second SIGINT ends a stage at once that does not listen', async () => {
    // One step takes a minute, and the stage looks at the signal only between steps.
    const child = start(60_000);
    await child.until(/begins step 1/);
    child.process.kill('SIGINT');
    await new Promise((done) => setTimeout(done, 600));
    child.process.kill('SIGINT');
    expect((await child.exit).code).toBe(130);
    expect((await only()).state).toBe('interrupted');
  });

  test('a file in the run directory cancels it too', async () => {
    const child = start(100);
    await child.until(/"step 2"/);
    const directory = /started (.*)/.exec(child.output())![1]!;
    writeFileSync(join(directory, 'cancel-requested'), '');
    expect((await child.exit).code).toBe(130);
    expect((await readRun(directory))?.state).toBe('cancelled');
  });
});

test.skipIf(process.platform === 'win32')('no permission to write is one clear sentence', async () => {
  // Root may write anywhere, so root asks an unprivileged user's process.
  const uid = process.getuid?.() === 0 ? 65534 : undefined;
  chmodSync(home.path, 0o755);
  chmodSync(workspace.path, 0o555);
  const child = startChild(program, [workspace.path, trace, '0'], { uid });
  expect((await child.exit).code).toBe(2);
  chmodSync(workspace.path, 0o755);
  expect(child.output().trim()).toMatch(
    /^There is no permission to access .*\.eigenprobe.*; change its permissions, or choose another folder with --workspace\.$/,
  );
});

describe('two processes at once', () => {
  test('one computes, the other waits and takes its result', async () => {
    const [a, b] = [start(20), start(20)];
    expect((await a.exit).code).toBe(0);
    expect((await b.exit).code).toBe(0);
    expect(readTrace(trace).sort()).toEqual(
      ['data 0', 'finetune 0', ...Array.from({ length: steps }, (_, i) => `pretrain ${i + 1}`)].sort(),
    );
    const runs = await listRuns(workspace.path);
    expect(runs.map((run) => run.state)).toEqual(['finished', 'finished']);
    for (const { directory } of runs) expect(finalState(directory)).toBe(expectedState(seed, steps));
    expect(a.output() + b.output()).toMatch(/is computing (data|pretrain) already; waiting for its result/);
  });

  test('the waiting one takes over when the other is killed, from its checkpoint', async () => {
    const a = start(20);
    await a.until(/"step 3"/);
    const b = start(5);
    await b.until(/waiting for its result/);
    a.process.kill('SIGKILL');
    expect((await b.exit).code).toBe(0);
    const finished = (await listRuns(workspace.path)).find((run) => run.state === 'finished')!;
    expect(finalState(finished.directory)).toBe(expectedState(seed, steps));
  });
});
