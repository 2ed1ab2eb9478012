import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRunDirectory, writeRecord } from '../../engine/run/directory';
import { formatVersion, type RunRecord } from '../../engine/run/format';
import { engineVersion } from '../../engine/run/version';
import { bundleEngine } from '../support/engine-bundle';

let engine: Awaited<ReturnType<typeof bundleEngine>>;
const workspace = mkdtempSync(join(tmpdir(), 'eigenprobe-program-'));

beforeAll(async () => {
  engine = await bundleEngine('program');
});
afterAll(() => {
  engine.remove();
  rmSync(workspace, { recursive: true, force: true });
});

function eigenprobe(args: string[], cwd = workspace): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [engine.program, ...args], { cwd }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

async function makeRun(id: string, more: Partial<RunRecord> = {}): Promise<string> {
  const directory = await createRunDirectory(workspace, id);
  await writeRecord(directory, {
    version: formatVersion,
    id,
    state: 'finished',
    study: { name: 'Shapes', path: 'shapes.eigenprobe.json', hash: 'h' },
    seed: 4,
    device: { name: 'cpu', detail: 'a CPU' },
    engine: { version: engineVersion, node: process.version, platform: 'test' },
    process: { pid: 2 ** 30, host: 'another-host' },
    startedAt: '2025-01-01T10:00:00.000Z',
    updatedAt: '2025-01-01T10:03:07.000Z',
    finishedAt: '2025-01-01T10:03:07.000Z',
    stages: { data: { key: 'k', state: 'finished', seconds: 1 }, probe: { key: 'k', state: 'waiting' } },
    ...more,
  });
  writeFileSync(
    join(directory, 'results.json'),
    JSON.stringify({
      version: formatVersion,
      run: id,
      study: 'Shapes',
      figures: [{ stage: 'data', id: 'data.samples', label: 'samples', value: 1200, unit: 'count' }],
      details: {},
    }),
  );
  return directory;
}

describe('help', () => {
  test('names every command, gives examples and loads no engine', async () => {
    const { code, stdout } = await eigenprobe(['--help']);
    expect(code).toBe(0);
    for (const command of ['run', 'resume', 'cancel', 'list', 'show', 'report', 'check', 'example', 'schema']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    expect(stdout).toContain('Examples:');
    expect((await eigenprobe(['--version'])).stdout.trim()).toBe(engineVersion);

    const loaded = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `process.argv[2] = '--help'; await import(${JSON.stringify(engine.program)});`,
        'x',
      ],
      { env: { ...process.env, NODE_DEBUG: 'esm' }, encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    expect(loaded.stderr).toContain('engine/main.mjs');
    expect(loaded.stderr).not.toMatch(/node_modules\/(onnxruntime-node|@tensorflow|sharp)\//);
  });

  test('a mistake on the command line ends with 2', async () => {
    const unknown = await eigenprobe(['runn']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("unknown command 'runn'");
    expect(unknown.stderr).toContain('Did you mean run?');
    expect((await eigenprobe(['run'])).code).toBe(2);
    expect((await eigenprobe(['example', '--seed', '-1'])).code).toBe(2);
  });
});

describe('errors', () => {
  test('what the user can mend is one sentence on stderr and 2', async () => {
    const missing = await eigenprobe(['run', 'none.eigenprobe.json']);
    expect(missing).toEqual({
      code: 2,
      stdout: '',
      stderr: 'There is no study file none.eigenprobe.json; check the path.\n',
    });
    const stage = await eigenprobe(['run', 'none.eigenprobe.json', '--stage', 'pretain']);
    expect(stage.stderr).toMatch(/^There is no stage "pretain"; the stages are data, /);
  });

  test('with --json they are a line of JSON as well', async () => {
    const { code, stdout } = await eigenprobe(['run', 'none.eigenprobe.json', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      type: 'error',
      bug: false,
      message: 'There is no study file none.eigenprobe.json; check the path.',
      code: 'study-missing',
    });
  });
});

describe('check', () => {
  const study = join(workspace, 'wrong.eigenprobe.json');

  test('says file:line:column of every problem', async () => {
    writeFileSync(study, '{\n  "name": "x",\n  "data": { "folder": "images" },\n  "pretrain": { "epochs": -1 }\n}\n');
    const { code, stderr } = await eigenprobe(['check', 'wrong.eigenprobe.json']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^wrong\.eigenprobe\.json:4:27: .*\n$/);
  });

  test('data that is not there or lies outside is a problem too', async () => {
    writeFileSync(
      study,
      '{ "name": "x", "data": { "domains": {\n"a": { "format": "folder", "path": "nowhere" },\n' +
        '"b": { "format": "npz", "path": "../out.npz", "values": "v" }}} }',
    );
    const { code, stdout } = await eigenprobe(['check', 'wrong.eigenprobe.json', '--json']);
    expect(code).toBe(2);
    const { ok, problems } = JSON.parse(stdout) as { ok: boolean; problems: { line: number; message: string }[] };
    expect(ok).toBe(false);
    expect(problems.map(({ line }) => line)).toEqual([2, 3]);
    expect(problems[0]?.message).toMatch(/^There is no file or folder .*nowhere; check the path\.$/);
    expect(problems[1]?.message).toContain('leaves the workspace');
  });

  test('a good study has no problems', async () => {
    mkdirSync(join(workspace, 'images'));
    const good = join(workspace, 'good.eigenprobe.yaml');
    writeFileSync(good, 'name: x\ndata:\n  folder: images\n');
    expect(await eigenprobe(['check', 'good.eigenprobe.yaml'])).toEqual({
      code: 0,
      stdout: 'good.eigenprobe.yaml: no problems found.\n',
      stderr: '',
    });
  });
});

describe('runs', () => {
  test('are listed and shown, for people and for programs', async () => {
    expect((await eigenprobe(['list', '--json'])).stdout.trim()).toBe('[]');
    const directory = await makeRun('20250101-100000-000-aaaaaa');
    await makeRun('20250102-100000-000-bbbbbb', { startedAt: '2025-01-02T10:00:00.000Z', state: 'running' });
    const list = JSON.parse((await eigenprobe(['list', '--json'])).stdout) as { state: string; directory: string }[];
    expect(list.map(({ state }) => state)).toEqual(['interrupted', 'finished']);
    expect(list[1]?.directory).toBe(directory);

    const table = (await eigenprobe(['list'])).stdout;
    expect(table).toMatch(/20250101-100000-000-aaaaaa │ Shapes │ finished +│ 1 of 2 │ 2025-01-01 10:00:00 │ 3:07/);

    const shown = (await eigenprobe(['show', '20250101'])).stdout;
    expect(shown).toContain('│ samples │ 1,200 │');
    const json = JSON.parse((await eigenprobe(['show', '20250101', '--json'])).stdout) as { results: { run: string } };
    expect(json.results.run).toBe('20250101-100000-000-aaaaaa');
  });

  test('what cannot be cancelled or resumed says why', async () => {
    const cancel = await eigenprobe(['cancel', '20250101']);
    expect(cancel).toMatchObject({ code: 2, stdout: '' });
    expect(cancel.stderr).toBe('The run 20250101-100000-000-aaaaaa is not running: it is finished.\n');
    expect((await eigenprobe(['resume', '20250101'])).stderr).toContain('has finished; there is nothing to resume');
    expect((await eigenprobe(['show', 'zzz'])).stderr).toMatch(/^There is no run zzz in /);
  });

  test('are found from a folder below the workspace', async () => {
    const below = join(workspace, 'images');
    expect(JSON.parse((await eigenprobe(['list', '--json'], below)).stdout)).toHaveLength(2);
  });
});

test('schema is a JSON Schema', async () => {
  const { stdout } = await eigenprobe(['schema']);
  expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('draft-07'), type: 'object' });
});

describe('the npm bin', () => {
  const checkout = join(workspace, 'parent', 'checkout');
  const bin = join(checkout, 'engine', 'eigenprobe.mjs');
  const start = (environment: Record<string, string> = {}) => {
    const { EIGENPROBE_DATA: _, ...rest } = process.env;
    return spawnSync(process.execPath, [bin], { encoding: 'utf8', env: { ...rest, ...environment } });
  };

  test('says what to do when nothing is built, and finds the test data in a checkout alone', () => {
    mkdirSync(join(checkout, 'engine'), { recursive: true });
    copyFileSync('engine/eigenprobe.mjs', bin);
    const unbuilt = start();
    expect(unbuilt.status).toBe(2);
    expect(unbuilt.stderr.trim()).toBe(`Eigenprobe has not been built yet: run "npm run build" in ${checkout}.`);

    mkdirSync(join(checkout, 'dist', 'engine'), { recursive: true });
    writeFileSync(
      join(checkout, 'dist', 'engine', 'main.mjs'),
      'console.log(process.env.EIGENPROBE_DATA ?? "unset", process.argv.length);',
    );
    const data = join(workspace, 'parent', 'shared', 'data');
    mkdirSync(data, { recursive: true });
    expect(start().stdout.trim()).toBe('unset 2');
    writeFileSync(join(checkout, 'engine', 'main.ts'), '');
    expect(start().stdout.trim()).toBe(`${data} 2`);
    expect(start({ EIGENPROBE_DATA: '/mine' }).stdout.trim()).toBe('/mine 2');
    rmSync(data, { recursive: true });
    expect(start().stdout.trim()).toBe('unset 2');
  });
});
