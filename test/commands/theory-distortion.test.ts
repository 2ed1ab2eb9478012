import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabResult } from '../../engine/theory/distortion-lab';
import { bundleEngine } from '../support/engine-bundle';

let engine: Awaited<ReturnType<typeof bundleEngine>>;
beforeAll(async () => {
  engine = await bundleEngine('theory-distortion');
});
afterAll(() => engine.remove());

function theory(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [engine.program, 'theory', ...args], (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describe('eigenprobe theory', () => {
  it('toy prints the published limits and those of the flow', async () => {
    const { stdout } = await theory('toy');
    const lines = stdout.split('\n').filter((line) => /^│ +-?\d/.test(line));
    const rows = lines.map((line) => line.split('│').slice(1, -1).map(Number));
    const known = [
      [0, 0.70711, 0.0428932],
      [0.5, 0.77011, 0.0264246],
      [1, 1, 0],
      [2, 1.90721, 0.411517],
      [-1, -1, 2],
    ];
    expect(rows).toHaveLength(known.length);
    known.forEach(([start, head, loss], i) => {
      const [v0, limit, ood, followed, followedLoss] = rows[i]!;
      expect(v0).toBe(start);
      expect(limit).toBeCloseTo(head!, 5);
      expect(ood).toBeCloseTo(loss!, 6);
      expect(followed).toBeCloseTo(limit!, 6);
      expect(followedLoss).toBeCloseTo(ood!, 6);
    });
  });

  it('toy takes heads, an angle and a target', async () => {
    const { stdout } = await theory('toy', '--json', '--angle', '30', '--target', '2', '--', '-0.5');
    const [row, ...rest] = JSON.parse(stdout) as { start: number; head: number; feature: number }[];
    expect(rest).toEqual([]);
    expect(row!.start).toBe(-0.5);
    expect(row!.head * row!.feature).toBeCloseTo(2 * Math.cos(Math.PI / 6), 10);
  });

  it('distortion compares the methods', async () => {
    const { stdout } = await theory('distortion', '--seed', '4', '--time', '5');
    expect(stdout).toMatch(/│ LP-FT/);
    expect(stdout).toMatch(/Lower bound of √L_ood for FT at every time: \d/);
    const json = await theory('distortion', '--seed', '4', '--time', '5', '--json');
    const { methods } = JSON.parse(json.stdout) as LabResult;
    expect(methods['LP-FT'].at(-1)!.outOfDistributionError).toBeLessThan(1e-6);
    expect(methods.FT.at(-1)!.outOfDistributionError).toBeGreaterThan(0.05);
    expect(methods.FT.at(-1)!.time).toBeCloseTo(5, 12);
  });

  it('says what cannot be', async () => {
    const failure = await theory('distortion', '-n', '2');
    expect(failure).toMatchObject({ code: 2, stdout: '' });
    expect(failure.stderr).toContain('n ≥ k');
    expect((await theory('toy', 'x')).code).toBe(2);
  });
});
