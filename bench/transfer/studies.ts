import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { listRuns, readResults, type RunEntry } from '../../engine/run/directory';
import type { Figure } from '../../engine/run/format';

export interface StudyRun {
  readonly figures: readonly Figure[];
  /** What came from a cache counts for as long as it took when it was computed. */
  readonly minutes: number;
  /** The finished run's directory; gone with a workspace of its own. */
  readonly directory: string;
}

/**
 * Runs a study of test/studies, or one at another path, under a seed. Without a workspace it gets one of its own, so
 * that nothing comes from a cache; with one, what is there is not computed again. `look` sees the run while it is there.
 */
export async function runStudy(
  name: string,
  options: { seed?: number; workspace?: string; look?: (directory: string) => Promise<void> } = {},
): Promise<StudyRun> {
  const { seed, look } = options;
  const workspace = options.workspace ?? (await mkdtemp(join(tmpdir(), 'eigenprobe-bench-')));
  try {
    const path = /[/\\]/.test(name) ? name : resolve('test/studies', `${name}.eigenprobe.json`);
    const study = seed === undefined ? path : await seeded(path, seed, workspace);
    const start = performance.now();
    const child = spawn(process.execPath, ['engine/eigenprobe.mjs', 'run', study, '--workspace', workspace], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise<number | null>((done) => child.on('close', done));
    if (code !== 0) throw new Error(`The study ${name} ended with exit code ${code}.`);
    const seconds = (performance.now() - start) / 1000;
    const { directory, record } = await lastFinished(workspace);
    const computing = Object.values(record.stages).reduce((sum, stage) => sum + (stage.seconds ?? 0), 0);
    await look?.(directory);
    return {
      ...{ figures: (await readResults(directory))!.figures, directory },
      minutes: Math.max(seconds, computing) / 60,
    };
  } finally {
    if (options.workspace === undefined) await rm(workspace, { recursive: true, force: true });
  }
}

/** The run that ended last. It need not have begun last: an interrupted run is gone on with after later ones. */
async function lastFinished(workspace: string): Promise<RunEntry> {
  const finished = (await listRuns(workspace)).filter(({ record }) => record.state === 'finished');
  return finished.reduce((last, run) => (run.record.updatedAt > last.record.updatedAt ? run : last));
}

/** The study with another seed, beside where it stood, so that its paths still lead where they did. */
async function seeded(path: string, seed: number, workspace: string): Promise<string> {
  const text = (await readFile(path, 'utf8')).replace(/^(\s*"seed":\s*)\d+/m, `$1${seed}`);
  await mkdir(workspace, { recursive: true });
  const copy = join(
    workspace,
    `${path
      .split(/[/\\]/)
      .at(-1)!
      .replace(/\.eigenprobe\.json$/, '')}-${seed}.eigenprobe.json`,
  );
  await writeFile(copy, text);
  return copy;
}

/** Two-sided 97.5 % points of Student's t for 1, 2, … degrees of freedom. */
const studentT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** The mean over seeds, with the half width of its 95 % interval by Student's t; undefined half for one seed. */
export function meanOf(values: readonly number[]): { mean: number; half: number | undefined } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, half: undefined };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, half: (studentT[n - 2] ?? 1.96) * Math.sqrt(variance / n) };
}
