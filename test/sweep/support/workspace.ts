import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { listRuns } from '../../../engine/run/directory';
import { readResult } from '../../../engine/sweep/results';
import { listSweeps, loadSweep } from '../../../engine/sweep/store';
import { readTrace, startChild, type RunningChild } from '../../run/support/process';
import { expectedState, steps } from '../../run/support/stages';

/** Two seeds with pretraining of their own, each read by three rows. */
export const study = {
  name: 'Test',
  data: { folder: 'images' },
  pretrain: {},
  finetune: {},
  sweep: { grid: { seed: [1, 2], 'finetune.epochs': [1, 2, 3] } },
};

interface Settings {
  stepMs: number;
  failing?: { stage: string; seed?: number };
}

/** A folder with the study above, whose rows are computed by processes of child.ts. */
export class SweepWorkspace {
  /**
   * @param program the bundle of child.ts
   * @param traceFile where the steps that were computed are noted, if not in the folder
   */
  constructor(
    readonly path: string,
    private readonly program: string,
    traceFile?: string,
  ) {
    mkdirSync(join(path, 'images'));
    if (traceFile !== undefined) symlinkSync(traceFile, join(path, 'trace.txt'));
    this.set({ stepMs: 1 });
    this.write(study);
  }

  write(document: unknown): void {
    writeFileSync(join(this.path, 'study.json'), JSON.stringify(document));
  }

  set(settings: Settings): void {
    writeFileSync(join(this.path, 'settings.json'), JSON.stringify(settings));
  }

  /** Starts a process that computes the sweep. */
  start(...more: string[]): RunningChild {
    return startChild(this.program, ['control', this.path, ...more]);
  }

  trace(): string[] {
    const file = join(this.path, 'trace.txt');
    return existsSync(file) ? readTrace(file) : [];
  }

  /** Processes that compute a task. */
  async pids(): Promise<number[]> {
    const runs = await listRuns(this.path);
    return runs.filter(({ state }) => state === 'running').map(({ record }) => record.process.pid);
  }

  async expectAllOnce(): Promise<void> {
    const sweep = await loadSweep((await listSweeps(this.path))[0]!);
    expect(sweep.rows).toHaveLength(6);
    expect(sweep.shared.map(({ stages, readers }) => [stages, readers])).toEqual([
      [['data', 'pretrain'], 3],
      [['data', 'pretrain'], 3],
    ]);
    const names = readdirSync(join(this.path, '.eigenprobe', 'rows')).sort();
    expect(names).toEqual(sweep.rows.map(({ task }) => `${task}.json`).sort());
    for (const [i, { task }] of sweep.rows.entries()) {
      const seed = i < 3 ? 1 : 2;
      const result = await readResult(this.path, task);
      expect(result?.seed).toBe(seed);
      expect(result?.figures.at(-1)?.value).toBe(expectedState(seed + 1, steps));
    }
    const runs = await listRuns(this.path);
    expect(runs).toHaveLength(8);
    expect(new Set(runs.map(({ state }) => state))).toEqual(new Set(['finished']));
  }

  /** Steps of pretraining that were computed more than once. */
  repeatedSteps(): number {
    return this.trace().filter((line) => line.startsWith('pretrain')).length - 2 * steps;
  }

  /** Every stage ran once for each of its keys: two pretrainings of all their steps, six fine-tunings. */
  expectNothingTwice(): void {
    expect(this.trace().filter((line) => line.startsWith('finetune'))).toHaveLength(6);
    expect(this.repeatedSteps()).toBe(0);
  }
}
