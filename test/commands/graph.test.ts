import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stream } from '../../engine/data/random';
import { bundleEngine } from '../support/engine-bundle';

let engine: Awaited<ReturnType<typeof bundleEngine>>;
const workspace = mkdtempSync(join(tmpdir(), 'eigenprobe-graph-'));

beforeAll(async () => {
  engine = await bundleEngine('graph');
  copyFileSync('dist/engine/graph.wasm', join(dirname(engine.program), 'graph.wasm'));
});
afterAll(() => {
  engine.remove();
  rmSync(workspace, { recursive: true, force: true });
});

function eigenprobe(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [engine.program, ...args], { cwd: workspace }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** Two far groups of points on lines, in two domains: a path exists within a group and across domains. */
function writeStudy(): void {
  const random = stream(1, 'points on lines');
  for (const domain of ['here', 'there']) {
    const rows = Array.from({ length: 60 }, (_, x) => {
      const group = x % 2;
      const at = (x >> 1) * 0.1;
      return `${100 * group + at},${0.05 * random.normal()},${group === 0 ? 'near' : 'far'}`;
    });
    writeFileSync(join(workspace, `${domain}.csv`), `a,b,label\n${rows.join('\n')}\n`);
  }
  writeFileSync(
    join(workspace, 'lines.eigenprobe.json'),
    JSON.stringify({
      name: 'Lines',
      data: { domains: { here: { format: 'csv', path: 'here.csv' }, there: { format: 'csv', path: 'there.csv' } } },
      encoder: { architecture: 'identity' },
      spectrum: { eigenvectors: 6, graph: { kind: 'neighbours', space: 'features', neighbours: 6 } },
    }),
  );
}

describe('a graph on the command line', () => {
  test('is run, then asked for paths between samples', async () => {
    writeStudy();
    const run = await eigenprobe(['run', 'lines.eigenprobe.json', '--workspace', '.']);
    expect(run.stderr).toContain('2 components');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('Connectivity α');
    const path = await eigenprobe(['path', 'latest', '0', '58', '--json']);
    const { path: samples } = JSON.parse(path.stdout) as { path: { row: number; class: string }[] };
    expect(samples[0]!.row).toBe(0);
    expect(samples.at(-1)!.row).toBe(58);
    expect(samples.length).toBeGreaterThan(3);
    expect(new Set(samples.map((sample) => sample.class))).toEqual(new Set(['near']));
    const across = await eigenprobe(['path', 'latest', '0', '1']);
    expect(across.stdout).toContain('There is no path');
    expect(across.code).toBe(0);
    const unknown = await eigenprobe(['path', 'latest', '0', 'nobody']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('No sample is called "nobody"');
  });
});

describe('the theory on the command line', () => {
  test('prints the closed forms of four blocks beside a simulation', async () => {
    const weights = ['--rho', '1', '--alpha', '.3', '--beta', '.2', '--gamma', '.1'];
    const text = await eigenprobe(['theory', 'four-block', ...weights]);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/class +\+ − \+ − +0\.625 /);
    expect(text.stdout).toMatch(/4 dimensions +0\.250 /);
    expect(text.stdout).toMatch(/3 steps +0\.0957 /);
    expect(text.stdout).toContain('Verdict: transfers');
    const json = await eigenprobe(['theory', 'four-block', ...weights, '--nodes', '400', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ predicted: { verdict: 'transfers' }, simulated: { nodes: 400 } });
  });

  test('prints bounds, and refuses what is none', async () => {
    const bound = await eigenprobe(['theory', 'probe-bound', '--nodes', '300', '--json']);
    expect((JSON.parse(bound.stdout) as { each: unknown[] }).each).toHaveLength(8);
    const wrong = await eigenprobe(['theory', 'four-block', '--rho', '1', '--alpha', 'x']);
    expect(wrong.code).toBe(2);
    const negative = await eigenprobe([
      ...['theory', 'four-block', '--rho', '1', '--alpha', '-1', '--beta', '0', '--gamma', '0'],
    ]);
    expect(negative.stderr).toContain('not negative');
  });
});
