import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../engine/errors';
import { readJson, writeFileAtomic, writeJson } from '../../engine/run/atomic';
import { createRunDirectory, findRun, listRuns, newRunId, readRun, writeRecord } from '../../engine/run/directory';
import { explainDiskError } from '../../engine/run/disk';
import { Eta } from '../../engine/run/eta';
import { formatVersion, type RunRecord } from '../../engine/run/format';
import { canonicalJson, hashJson, sha256 } from '../../engine/run/hash';
import { isAlive, silenceLimitMs } from '../../engine/run/process';
import { engineVersion } from '../../engine/run/version';
import { temporaryFolder } from './support/process';

let folder: string;
beforeEach(() => {
  const temporary = temporaryFolder();
  folder = temporary.path;
  return temporary.remove;
});

describe('hash', () => {
  test('SHA-256 of "abc" (FIPS 180-2)', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('canonical JSON: sorted keys, no white space, undefined left out', () => {
    expect(canonicalJson({ b: [1, undefined, { d: null, c: undefined }], a: 'é"' })).toBe(
      '{"a":"é\\"","b":[1,null,{"d":null}]}',
    );
    expect(hashJson({ b: 1, a: 2 })).toBe(createHash('sha256').update('{"a":2,"b":1}').digest('hex'));
  });

  test('order of keys never matters, and the value comes back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test.each([NaN, Infinity, 1n, new Date(0), new Map(), () => 0])('%s is refused', (value) => {
    expect(() => canonicalJson({ value })).toThrow(TypeError);
  });
});

describe('atomic files', () => {
  test('a reader beside a writer sees whole files only', async () => {
    const path = join(folder, 'value.json');
    const long = 'x'.repeat(200_000);
    await writeJson(path, { i: -1, long });
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 40; i++) await writeJson(path, { i, long }, { durable: false });
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      expect(((await readJson(path)) as { long: string }).long).toHaveLength(long.length);
      reads++;
    }
    await writer;
    expect(reads).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(['value.json']);
  });

  test('what cannot be written leaves the old file and nothing else', async () => {
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken', 'file'), '');
    await expect(writeFileAtomic(join(folder, 'taken'), 'x')).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  test('what is missing or half-written reads as undefined', async () => {
    expect(await readJson(join(folder, 'none.json'))).toBeUndefined();
    writeFileSync(join(folder, 'half.json'), '{"a": [1, 2');
    expect(await readJson(join(folder, 'half.json'))).toBeUndefined();
    expect(await readJson(folder)).toBeUndefined();
  });
});

describe('processes', () => {
  test('this one is alive; one that started later than the last sign of life is another', () => {
    const self = { pid: process.pid, host: hostname() };
    expect(isAlive(self, Date.now())).toBe(true);
    if (process.platform === 'linux') {
      const beforeUs = Date.now() - process.uptime() * 1000 - 60_000;
      expect(isAlive(self, beforeUs)).toBe(false);
    }
  });

  test('no process has this pid', () => {
    expect(isAlive({ pid: 2 ** 30, host: hostname() }, Date.now())).toBe(false);
    expect(isAlive({ pid: -1, host: hostname() }, Date.now())).toBe(false);
  });

  test('another host is judged by its silence', () => {
    const far = { pid: process.pid, host: 'another-host' };
    expect(isAlive(far, 1000, 1000 + silenceLimitMs - 1)).toBe(true);
    expect(isAlive(far, 1000, 1000 + silenceLimitMs)).toBe(false);
  });
});

function recordOf(id: string, more: Partial<RunRecord> = {}): RunRecord {
  return {
    version: formatVersion,
    id,
    state: 'finished',
    study: { name: 'Test', path: 'test.eigenprobe.json', hash: 'h' },
    seed: 0,
    device: { name: 'test', detail: 'test' },
    engine: { version: engineVersion, node: process.version, platform: 'test' },
    process: { pid: process.pid, host: hostname() },
    startedAt: new Date().toISOString(),
    updatedAt: new Date().toISOString(),
    stages: {},
    ...more,
  };
}

describe('run directories', () => {
  const make = async (id: string, more?: Partial<RunRecord>) => {
    const directory = await createRunDirectory(folder, id);
    await writeRecord(directory, recordOf(id, more));
    return directory;
  };

  test('ids sort by time', () => {
    const ids = [0, 1, 999, 61_000, 86_400_000].map((ms) => newRunId(new Date(Date.UTC(2025, 11, 31, 23, 59) + ms)));
    expect([...ids].sort()).toEqual(ids);
    expect(ids[0]).toMatch(/^20251231-235900-000-[0-9a-f]{6}$/);
  });

  test('newest first; foreign and half-written folders are passed over', async () => {
    await make('a', { startedAt: '2025-01-01T00:00:00.000Z' });
    await make('b', { startedAt: '2025-01-02T00:00:00.000Z' });
    const runs = join(folder, '.eigenprobe', 'runs');
    mkdirSync(join(runs, 'empty'));
    mkdirSync(join(runs, 'foreign'));
    writeFileSync(join(runs, 'foreign', 'run.json'), '{"version": 99}');
    mkdirSync(join(runs, 'half'));
    writeFileSync(join(runs, 'half', 'run.json'), '{"version": 1, "id": "half", "sta');
    mkdirSync(join(runs, 'strange', 'run.json'), { recursive: true });
    writeFileSync(join(runs, 'notes.txt'), 'mine');
    expect((await listRuns(folder)).map(({ record }) => record.id)).toEqual(['b', 'a']);
    expect(await listRuns(join(folder, 'nowhere'))).toEqual([]);
  });

  test('a running record of a dead process is interrupted, of a living one running', async () => {
    const dead = await make('dead', { state: 'running', process: { pid: 2 ** 30, host: hostname() } });
    expect((await readRun(dead))?.state).toBe('interrupted');
    expect((await readRun(dead))?.record.state).toBe('running');
    expect((await readRun(await make('alive', { state: 'running' })))?.state).toBe('running');
  });

  test('are found by id, beginning, path and as latest', async () => {
    const first = await make('20250101-a', { startedAt: '2025-01-01T00:00:00.000Z' });
    await make('20250102-b', { startedAt: '2025-01-02T00:00:00.000Z' });
    expect((await findRun(folder, '20250101')).directory).toBe(first);
    expect((await findRun(folder, first)).record.id).toBe('20250101-a');
    expect((await findRun(folder, 'latest')).record.id).toBe('20250102-b');
    await expect(findRun(folder, '2025')).rejects.toThrow(/^2 runs in .* begin with 2025; give more of the id\.$/);
    await expect(findRun(folder, 'nix')).rejects.toThrow(UserError);
    await expect(findRun(folder, folder)).rejects.toThrow('is not a run directory');
    await expect(findRun(join(folder, 'x'), 'latest')).rejects.toThrow('There is no run in');
  });
});

describe('the rest', () => {
  test('time left: the rate since work began here, not since the start of what was resumed', () => {
    const eta = new Eta();
    expect(eta.update(500, 1000, 0)).toBeUndefined();
    expect(eta.update(510, 1000, 1000)).toBeCloseTo(49);
    expect(eta.update(600, 1000, 10_000)).toBeCloseTo(40);
    expect(eta.update(0, 50, 11_000)).toBeUndefined();
    expect(eta.update(10, 50, 13_000)).toBeCloseTo(8);
  });

  test.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EMFILE', 'ENOTDIR'])('%s is one sentence', (code) => {
    const said = explainDiskError(Object.assign(new Error(code), { code, path: '/data/x' }), '/elsewhere');
    expect(said).toBeInstanceOf(UserError);
    expect((said as UserError).message).toMatch(/\/data\/x.*\.$/);
  });

  test('other errors stay what they are', () => {
    const error = new Error('x');
    expect(explainDiskError(error, '/')).toBe(error);
  });

  test("the engine's version is the package's", () => {
    expect(engineVersion).toBe((JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version);
  });

  test('appendFileSync to a record does not make it a run', async () => {
    const directory = await createRunDirectory(folder, 'torn');
    await writeRecord(directory, recordOf('torn'));
    appendFileSync(join(directory, 'run.json'), '{');
    expect(await readRun(directory)).toBeUndefined();
  });
});
