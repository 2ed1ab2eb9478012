import { describe, expect, test } from 'vitest';
import { studySchema } from '../../engine/study/schema';
import { arraySpec, packArrays } from '../../engine/sweep/slurm/arrays';
import { ask, askPatiently, SchedulerDown, shellLine, type Answer } from '../../engine/sweep/slurm/commands';
import { parseQueue, queueState } from '../../engine/sweep/slurm/queue';
import { jobScript, pathVariables, sbatchArguments } from '../../engine/sweep/slurm/script';
import { limitSeconds } from '../../engine/sweep/time-limit';
import { byUrgency } from '../../engine/sweep/format';
import { countsLine, failedCount, isActive, readRows, readSweeps } from '../../extension/sweeps/sweep-list';

const never = (): boolean => false;
const limits = { arraySize: 1000, elements: 5000, groups: 200 };
const row = (task: string, ...needs: string[]) => ({ task, needs });

describe('arrays', () => {
  test('rows wait for what they read, and only for that', () => {
    const work = [row('p'), row('q'), row('a', 'p'), row('b', 'q'), row('c', 'p'), row('d')];
    expect(packArrays(work, limits, never)).toEqual([
      { elements: [['p'], ['q'], ['d']], after: [] },
      { elements: [['a'], ['c']], after: ['p'] },
      { elements: [['b']], after: ['q'] },
    ]);
  });

  test('what is done is not waited for, what is under way elsewhere is', () => {
    expect(packArrays([row('a', 'p', 'q')], limits, (task) => task === 'q')).toEqual([
      { elements: [['a']], after: ['q'] },
    ]);
  });

  test('no index reaches the largest, and with too many rows an element computes several', () => {
    const work = Array.from({ length: 2500 }, (_, i) => row(`row-${i}`));
    const jobs = packArrays(work, limits, never);
    expect(jobs.map(({ elements }) => elements.length)).toEqual([1000, 1000, 500]);
    const few = packArrays(work, { ...limits, elements: 1000 }, never);
    expect(few.flatMap(({ elements }) => elements).every((tasks) => tasks.length <= 3)).toBe(true);
    expect(few.flatMap(({ elements }) => elements.flat()).sort()).toEqual(work.map(({ task }) => task).sort());
    expect(few.reduce((sum, { elements }) => sum + elements.length, 0)).toBeLessThanOrEqual(1000);
  });

  test('with too many groups a level waits for the levels before it', () => {
    const work = [row('p'), row('q'), row('a', 'p'), row('b', 'q'), row('z', 'a', 'b')];
    expect(packArrays(work, { ...limits, groups: 1 }, never)).toEqual([
      { elements: [['p'], ['q']], after: [] },
      { elements: [['a'], ['b']], after: [], behind: [0] },
      { elements: [['z']], after: ['a', 'b'] },
    ]);
  });

  test('indices as --array takes them', () => {
    expect(arraySpec([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
    expect(arraySpec([3])).toBe('3');
  });
});

describe('what Slurm says', () => {
  test('squeue, whatever stands in a reason', () => {
    const [a, b, ...rest] = parseQueue(
      'x-0|12|3|PENDING|(a|b)\nx-1|12|N/A|RUNNING|None\n\nnonsense\ny|7|0|RUNNING|None\n',
    );
    expect(a).toEqual({ name: 'x-0', array: '12', element: 3, state: 'PENDING', reason: '(a|b)' });
    expect(b?.name).toBe('y');
    expect(rest).toEqual([]);
  });

  test.each([
    ['PENDING', 'BeginTime', 'queued'],
    ['PENDING', 'DependencyNeverSatisfied', 'gone'],
    ['COMPLETING', 'None', 'running'],
    ['NODE_FAIL', 'None', 'gone'],
    ['COMPLETED', 'None', 'gone'],
  ])('%s %s is %s', (state, reason, expected) => {
    expect(queueState({ name: '', array: '', element: 0, state, reason })).toBe(expected);
  });

  const says = (answer: Partial<Answer>) => () => Promise.resolve({ code: 1, stdout: '', stderr: '', ...answer });
  test('a controller that is down is not a refusal', async () => {
    const down = 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)';
    await expect(ask(says({ stderr: down }), 'squeue', [])).rejects.toThrow(SchedulerDown);
    await expect(ask(says({ code: 255, stderr: 'ssh: connect to host x' }), 'squeue', [])).rejects.toThrow(
      SchedulerDown,
    );
    await expect(ask(says({ code: null }), 'squeue', [])).rejects.toThrow(SchedulerDown);
    await expect(ask(says({ stderr: 'sbatch: error: invalid partition specified: x' }), 'sbatch', [])).rejects.toThrow(
      'sbatch refused: sbatch: error: invalid partition specified: x',
    );
  });

  test('one is asked again that was down, and not one that refused', async () => {
    let asked = 0;
    const flaky = (): Promise<string> =>
      asked++ === 0 ? Promise.reject(new SchedulerDown('down')) : Promise.resolve('up');
    expect(await askPatiently(flaky, { patienceMs: 10_000 })).toBe('up');
    const refusing = (): Promise<string> => {
      asked++;
      return Promise.reject(new Error('no'));
    };
    asked = 0;
    await expect(askPatiently(refusing, { patienceMs: 10_000 })).rejects.toThrow('no');
    expect(asked).toBe(1);
  });
});

describe('what Slurm is told', () => {
  const { slurm } = studySchema.parse({
    name: 'x',
    data: { folder: 'f' },
    sweep: {
      slurm: { partition: 'gpu', gpus: 2, memory: '8G', time: '02:00:00', throttle: 4, options: ['--qos=low'] },
    },
  }).sweep!;

  test('resources of the study', () => {
    const words = sbatchArguments({
      ...{ name: 'n', array: '0-3', dependency: 'afterok:1_0', slurm, folder: '/w/s', workspace: '/w' },
    });
    for (const word of ['--partition=gpu', '--gres=gpu:2', '--mem=8G', '--time=02:00:00', '--array=0-3%4', '--qos=low'])
      expect(words).toContain(word);
    expect(words).toContain('--kill-on-invalid-dep=yes');
    expect(words.every((word) => word.startsWith('--'))).toBe(true);
  });

  test.each([
    ['90', 5400, 300],
    ['10', 600, 60],
    ['1:30', 90, 30],
    ['02:00:00', 7200, 300],
    ['1-12', 129_600, 300],
    ['2-01:30', 178_200, 300],
  ])('a limit of %s is %d s, and its warning comes %d s before', (time, seconds, before) => {
    expect(limitSeconds(time)).toBe(seconds);
    const words = sbatchArguments({
      name: 'n',
      array: '0',
      slurm: { ...slurm, time },
      folder: '/w/s',
      workspace: '/w',
    });
    // To the script itself, which becomes the engine.
    expect(words).toContain(`--signal=B:USR2@${before}`);
    expect(words.indexOf('--qos=low')).toBeGreaterThan(words.indexOf(`--signal=B:USR2@${before}`));
  });

  test('a percent sign in the path of the logs is no placeholder of sbatch', () => {
    const words = sbatchArguments({ name: 'n', array: '0', slurm, folder: '/w/50%a', workspace: '/w' });
    expect(words).toContain('--output=/w/50%%a/logs/%x-%a.log');
  });

  test('a script that ends in exec and quotes what is not its own', () => {
    const script = jobScript({
      ...{
        program: { command: '/a b/node', args: ["it's.mjs"] },
        variables: { DATA: '$(touch x)' },
        setup: ['module load y'],
      },
      ...{ folder: '/w/; rm -rf', submission: 's', job: 'j' },
    });
    const lines = script.trim().split('\n');
    expect(lines.slice(0, 3)).toEqual(['#!/bin/sh', "export DATA='$(touch x)'", 'module load y']);
    expect(lines.at(-1)).toMatch(/^exec '\/a b\/node' 'it'\\''s\.mjs' --sweep '\/w\/; rm -rf' /);
    expect(shellLine(['a', '$b', ''])).toBe("a '$b' ''");
  });

  test('the variables that its paths begin with, and no others', () => {
    const document = { data: { folder: '${DATA}/x' }, name: 'not ${HOME}' };
    expect(pathVariables(document, { DATA: '/d', HOME: '/h', OTHER: 'o' })).toEqual({ DATA: '/d' });
  });
});

describe('the view of sweeps', () => {
  const sweep = {
    id: 'a',
    name: 'A',
    study: 's',
    createdAt: '',
    total: 10,
    rows: { finished: 4, running: 1, failed: 2, queued: 3 },
    shared: {},
  };
  test('counts', () => {
    expect(countsLine(sweep)).toBe('4 / 10 · 1 running, 3 queued, 2 failed');
    expect(countsLine({ total: 2, rows: { finished: 2 } })).toBe('2 / 2');
    expect([isActive(sweep), failedCount(sweep)]).toEqual([true, 2]);
  });
  test('what the engine says is read, and what is no answer is none', () => {
    expect(readSweeps(JSON.stringify([sweep, { id: 1 }]))).toEqual([sweep]);
    expect([readSweeps('oops'), readRows('{}'), readRows('')]).toEqual([[], [], []]);
  });
  test('failures first, what is done last', () => {
    const rows = (['finished', 'queued', 'failed', 'running'] as const).map((state, i) => ({
      row: i,
      label: '',
      state,
    }));
    expect(byUrgency(rows).map(({ state }) => state)).toEqual(['failed', 'running', 'queued', 'finished']);
  });
});
