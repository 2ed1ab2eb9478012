import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Cancelled, UserError } from '../../engine/errors';
import { cacheFolder, listRuns, readResults, runsFolder } from '../../engine/run/directory';
import { readEvents } from '../../engine/run/events';
import { executeRun, type RunOptions } from '../../engine/run/execute';
import type { Stage } from '../../engine/run/stage';
import type { Study } from '../../engine/study/schema';
import { readTrace, temporaryFolder } from './support/process';
import { expectedState, fakeDevice, steps, studyOf, testStages } from './support/stages';

let workspace: string;
let trace: string;

beforeEach(() => {
  const folder = temporaryFolder();
  workspace = folder.path;
  trace = join(workspace, 'trace.txt');
  return folder.remove;
});

const run = (study: Study, options: Partial<RunOptions> = {}) =>
  executeRun(join(workspace, 'studies', 'test.eigenprobe.json'), study, {
    workspace,
    stages: testStages(trace, 0),
    openDevice: () => Promise.resolve(fakeDevice()),
    ...options,
  });

/** Stages that were computed since the last call, in order. */
function computed(): string[] {
  if (!existsSync(trace)) return [];
  const stages = [...new Set(readTrace(trace).map((line) => line.split(' ')[0]!))];
  rmSync(trace);
  return stages;
}

/** A stage list whose `pretrain` does what the test says. */
function withPretrain(replacement: Stage['run']): Stage[] {
  return testStages(trace, 0).map((stage) => (stage.name === 'pretrain' ? { ...stage, run: replacement } : stage));
}

describe('what is computed', () => {
  test('everything once; then nothing; after an edit only what the edit touches', async () => {
    const first = await run(studyOf());
    expect(computed()).toEqual(['data', 'pretrain', 'finetune']);
    expect(first.state).toBe('finished');
    expect(first.study.path).toBe(join('studies', 'test.eigenprobe.json'));

    const second = await run(studyOf());
    expect(computed()).toEqual([]);
    expect(second.id).not.toBe(first.id);
    expect(Object.values(second.stages).map((stage) => stage.state)).toEqual(['cached', 'cached', 'cached']);

    const tuned = await run(studyOf({ finetune: { epochs: 3 } }));
    expect(computed()).toEqual(['finetune']);
    expect(tuned.stages.pretrain?.state).toBe('cached');

    await run(studyOf({ pretrain: { epochs: 3 } }));
    expect(computed()).toEqual(['pretrain', 'finetune']);

    await run(studyOf({ name: 'Another name' }));
    expect(computed()).toEqual([]);
  });

  test('another device computes again, but not the stages that do not compute', async () => {
    await run(studyOf());
    computed();
    await run(studyOf(), { openDevice: () => Promise.resolve(fakeDevice('other')) });
    expect(computed()).toEqual(['pretrain', 'finetune']);
  });

  test('a changed fingerprint computes again', async () => {
    const stages = (identity: string): Stage[] =>
      testStages(trace, 0).map((stage) =>
        stage.name === 'data' ? { ...stage, fingerprint: () => Promise.resolve({ identity }) } : stage,
      );
    await run(studyOf(), { stages: stages('a') });
    computed();
    await run(studyOf(), { stages: stages('a') });
    expect(computed()).toEqual([]);
    await run(studyOf(), { stages: stages('b') });
    expect(computed()).toEqual(['data', 'pretrain', 'finetune']);
  });

  test('one stage with what it reads; fresh computes that stage alone', async () => {
    const record = await run(studyOf(), { only: 'pretrain' });
    expect(computed()).toEqual(['data', 'pretrain']);
    expect(Object.keys(record.stages)).toEqual(['data', 'pretrain']);
    await run(studyOf(), { only: 'pretrain', fresh: true });
    expect(computed()).toEqual(['pretrain']);
    await run(studyOf(), { fresh: true });
    expect(computed()).toEqual(['data', 'pretrain', 'finetune']);
  });

  test('a stage that the study does not ask for is refused, and a study that asks for nothing', async () => {
    await expect(run(studyOf({ finetune: undefined }), { only: 'finetune' })).rejects.toThrow(
      'The study does not ask for the stage finetune; its stages are: data, pretrain.',
    );
    await expect(run(studyOf(), { stages: [] })).rejects.toThrow('The study asks for nothing');
  });

  test('a stage folder that lost a file is computed again', async () => {
    await run(studyOf());
    computed();
    const folder = readdirSync(cacheFolder(workspace)).find((name) => name.startsWith('pretrain-'))!;
    rmSync(join(cacheFolder(workspace), folder, 'state.txt'));
    await run(studyOf());
    expect(computed()).toEqual(['pretrain']);
  });
});

describe('the run directory', () => {
  test('stays whole without the cache, and costs no space while both are there', async () => {
    const { id } = await run(studyOf());
    const published = join(runsFolder(workspace), id, 'stages', 'pretrain', 'state.txt');
    expect(statSync(published).nlink).toBe(2);
    rmSync(cacheFolder(workspace), { recursive: true });
    expect(Number(readFileSync(published, 'utf8'))).toBe(expectedState(studyOf().seed + 1, steps));
    const results = await readResults(join(runsFolder(workspace), id));
    expect(results?.run).toBe(id);
    expect(results?.details.pretrain).toEqual({ step: steps });
  });

  test('holds the resolved study and keeps version control out', async () => {
    const { id } = await run(studyOf());
    const study: unknown = JSON.parse(readFileSync(join(runsFolder(workspace), id, 'study.json'), 'utf8'));
    expect(study).toEqual(JSON.parse(JSON.stringify(studyOf())));
    expect(readFileSync(join(workspace, '.eigenprobe', '.gitignore'), 'utf8')).toBe('*\n');
  });

  test('nothing temporary is left behind', async () => {
    const { id } = await run(studyOf());
    const files = readdirSync(join(workspace, '.eigenprobe'), { recursive: true }).map(String);
    expect(files.filter((name) => /\.tmp$|\.lock|\.incoming|\.removed|\.partial/.test(name))).toEqual([]);
    expect(readdirSync(join(runsFolder(workspace), id)).sort()).toEqual([
      'events.jsonl',
      'results.json',
      'run.json',
      'stages',
      'study.json',
    ]);
  });
});

describe('how a run ends', () => {
  test('a failing stage is recorded with its sentence, and the next run goes on in the same directory', async () => {
    const stages = withPretrain(() => {
      throw new UserError('bad-image', 'The image cannot be read; remove it.', { file: 'a.png', line: 2 });
    });
    await expect(run(studyOf(), { stages })).rejects.toThrow('The image cannot be read');
    const [entry] = await listRuns(workspace);
    expect(entry?.state).toBe('failed');
    expect(entry?.record.error).toBe('a.png:2: The image cannot be read; remove it.');
    expect(entry?.record.stages.pretrain?.state).toBe('failed');
    expect((await readResults(entry!.directory))?.figures).toHaveLength(1);

    const again = await run(studyOf());
    expect(again.id).toBe(entry?.record.id);
    expect(again.error).toBeUndefined();
  });

  test("a bug's stack is in the events", async () => {
    const stages = withPretrain(() => Promise.reject(new TypeError('x is undefined')));
    await expect(run(studyOf(), { stages })).rejects.toThrow(TypeError);
    const [entry] = await listRuns(workspace);
    const events = await readEvents(join(entry!.directory, 'events.jsonl'));
    const log = events.find((event) => event.type === 'log');
    expect(log?.type === 'log' && log.message).toMatch(/TypeError: x is undefined\n\s+at /);
  });

  test('an aborted signal ends as cancelled, whatever the stage throws then', async () => {
    const controller = new AbortController();
    const stages = withPretrain(() => {
      controller.abort();
      throw new Error('the socket was closed');
    });
    await expect(run(studyOf(), { stages, signal: controller.signal })).rejects.toThrow(Cancelled);
    expect((await listRuns(workspace))[0]?.state).toBe('cancelled');
  });

  test('a finished run is not hidden behind an older unfinished one', async () => {
    await expect(run(studyOf(), { stages: withPretrain(() => Promise.reject(new Error('no'))) })).rejects.toThrow();
    const second = await run(studyOf(), { fresh: true });
    const third = await run(studyOf());
    const ids = (await listRuns(workspace)).map(({ record }) => record.id);
    expect(ids.slice(0, 2)).toEqual([third.id, second.id]);
  });

  test('a full disk is one clear sentence', async () => {
    const stages = withPretrain(({ folder }) => {
      const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      return Promise.reject(Object.assign(error, { path: join(folder, 'weights') }));
    });
    const failure = run(studyOf(), { stages });
    await expect(failure).rejects.toThrow(UserError);
    await expect(failure).rejects.toThrow(/^The disk that holds .*weights is full; free some space and run again/);
  });

  test.skipIf(process.platform !== 'linux' || !existsSync('/dev/full'))(
    'a really full device is recognised',
    async () => {
      const stages = withPretrain(() => {
        appendFileSync('/dev/full', 'x');
        throw new Error('unreachable');
      });
      await expect(run(studyOf(), { stages })).rejects.toThrow(/^The disk that holds .* is full/);
    },
  );

  test('a file where the folder should be is one clear sentence', async () => {
    appendFileSync(join(workspace, '.eigenprobe'), '');
    const failure = run(studyOf());
    await expect(failure).rejects.toThrow(UserError);
    await expect(failure).rejects.toThrow(
      /\.eigenprobe\/runs needs a folder where there is a file; move that file away/,
    );
  });
});
