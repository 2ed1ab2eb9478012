import { build } from 'esbuild';
import { readdir, stat, writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from '../test/host/support/workbench';
import type { BenchFigure, BenchFlags, BenchResult } from './support/contract';
import type { PanelTimes } from './support/panels-page';

const defaultRuns = 5;

/**
 * Measures the panels' scatter plot in Chromium without a GPU, in a window of 1400 × 900: how long from the data to the
 * first picture, how many pictures a second while the plot is moved and scaled, how long the point under the pointer
 * takes; and the size of every panel's bundle. `--points N` measures another number of points, `--runs N` repeats
 * it so often; the medians are given.
 */
export async function run(flags: BenchFlags): Promise<BenchResult> {
  const root = process.cwd();
  const runsEach = typeof flags.runs === 'string' ? Number(flags.runs) : defaultRuns;
  const folder = await mkdtemp(join(tmpdir(), 'eigenprobe-bench-panels-'));
  const browser = await openBrowser({ width: 1400, height: 900 });
  const figures: BenchFigure[] = [];
  const add = (name: string, value: number, unit: string, target: number, better: 'lower' | 'higher'): void =>
    void figures.push({ name, value, unit, target, better });
  try {
    await build({
      ...{ entryPoints: [join(root, 'bench/support/panels-page.ts')], outfile: join(folder, 'page.js'), bundle: true },
      ...{ platform: 'browser', format: 'iife', target: 'chrome120', minify: true, logLevel: 'error' },
    });
    await writeFile(
      join(folder, 'index.html'),
      '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><body><div id="panel"></div><script src="page.js"></script></body>',
    );
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    const sizes = typeof flags.points === 'string' ? [Number(flags.points)] : [100_000, 1_000_000];
    for (const points of sizes) {
      const many = points > 300_000;
      const times: PanelTimes[] = [];
      for (let i = 0; i < runsEach; i++) {
        // A page of its own each time: the first picture is drawn by code that has not run before.
        await page.goto(`file://${join(folder, 'index.html')}`);
        times.push(await page.evaluate(`measurePanel(${points})`));
      }
      const median = (of: (one: PanelTimes) => number): number => times.map(of).sort((a, b) => a - b)[runsEach >> 1]!;
      const text = points.toLocaleString('en-US');
      add(
        `${text} points, first drawn after their data`,
        median(({ firstMs }) => firstMs),
        'ms',
        many ? 600 : 200,
        'lower',
      );
      add(
        `${text} points, pictures a second while moved`,
        median(({ panFps }) => panFps),
        '1/s',
        many ? 15 : 30,
        'higher',
      );
      add(
        `${text} points, pictures a second while scaled`,
        median(({ zoomFps }) => zoomFps),
        '1/s',
        many ? 15 : 30,
        'higher',
      );
      add(
        `${text} points, longest pick under the pointer`,
        median(({ pickMs }) => pickMs),
        'ms',
        10,
        'lower',
      );
    }
    const bundles = join(root, 'dist/webview');
    for (const name of (await readdir(bundles)).filter((file) => file.endsWith('.js')).sort())
      add(`bundle ${name}`, (await stat(join(bundles, name))).size / 1000, 'kB', 400, 'lower');
    return { figures };
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}
