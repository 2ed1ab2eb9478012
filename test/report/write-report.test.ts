import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../engine/data/npy';
import { readPayload } from '../../engine/report/page';
import { render } from './browser';
import { buildReport } from './build';
import { classNames, figures, writeRunDirectory } from './run-directory';

let writeReport: (directory: string) => Promise<string>;
const remove: (() => Promise<void>)[] = [];

async function runDirectory(...options: Parameters<typeof writeRunDirectory>): Promise<string> {
  const directory = await writeRunDirectory(...options);
  remove.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

beforeAll(async () => {
  const built = await buildReport();
  ({ writeReport } = built);
  remove.push(built.remove);
});
afterAll(async () => {
  await Promise.all(remove.map((call) => call()));
});

describe('writeReport', () => {
  it('writes one file that refers to nothing outside itself', async () => {
    const directory = await runDirectory();
    const file = await writeReport(directory);
    expect(file).toBe(join(directory, 'report.html'));
    const html = await readFile(file, 'utf8');
    // The script writes SVG, which has references of its own; the page itself has none.
    const markup = html.replace(/<script>.*?<\/script>/s, '');
    expect(markup).not.toMatch(/<(link|img|iframe)\b/);
    expect(markup).not.toMatch(/\b(src|href)="(?!#)/);
    const data = html.match(/<script type="application\/json" id="report-data">(.*?)<\/script>/s)?.[1];
    expect(data).not.toContain('<');
    // Nothing of the machine that made it but what the run recorded.
    expect(html).not.toContain(directory);
  });

  it('allows exactly its own script and style', async () => {
    const html = await readFile(await writeReport(await runDirectory()), 'utf8');
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.replaceAll('&#39;', "'");
    const script = /<script>(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy?.split('; ')).toEqual([
      `default-src 'none'`,
      `script-src ${hash(script)}`,
      `style-src ${hash(style)}`,
      'img-src data:',
      `base-uri 'none'`,
      `form-action 'none'`,
    ]);
  });

  it('is the same file for the same run', async () => {
    const directory = await runDirectory();
    const first = await readFile(await writeReport(directory));
    expect(await readFile(await writeReport(directory))).toEqual(first);
  });

  it('refuses a folder that is no run, in a sentence', async () => {
    await expect(writeReport(process.cwd())).rejects.toThrow(/is not a run directory/);
  });
});

describe('the report in a browser', () => {
  it('draws every section without a complaint, and the study as text', async () => {
    const { dom, console } = await render(await writeReport(await runDirectory()));
    expect(console).toEqual([]);
    for (const id of ['spectrum', 'probe', 'transfer', 'finetune', 'training', 'figures', 'study'])
      expect(dom).toContain(`<section id="${id}"`);
    // Title of the page untouched by the script inside the study, which is shown as text.
    expect(dom).toContain('<title>Sketches to photos – Eigenprobe</title>');
    expect(dom).toContain('document.title = \\"escaped\\"');
    for (const figure of figures) expect(dom).toContain(figure.label);
    expect(dom).toContain('800 of 980 samples, stratified by domain and class');
    // Samples (and what is drawn over them), eigenvalues, four comparisons, two classes of curves.
    expect(dom.match(/<canvas/g)).toHaveLength(9);
    // Each plot has its table behind it.
    expect(dom.match(/<details class="data"/g)).toHaveLength(8);
    expect(dom.match(/<details class="menu"/g)).toHaveLength(8);
  });

  it('walks through points by arrow keys and shows the sample', async () => {
    const file = await writeReport(await runDirectory());
    const script = `setTimeout(() => {
      const canvas = document.querySelector('#spectrum canvas');
      canvas.focus();
      for (const key of ['ArrowRight', 'ArrowRight']) canvas.dispatchEvent(new KeyboardEvent('keydown', { key }));
    }, 500);`;
    const { dom, console } = await render(file, { script });
    expect(console).toEqual([]);
    const name = /<div class="hover-card"[^>]*>.*?<strong>(.*?)<\/strong>/s.exec(dom)?.[1];
    expect(name).toMatch(/^(sketch|photo)\/\w+\/\d{4}\.png$/);
    const spoken = /aria-live="polite">([^<]+)</.exec(dom)?.[1];
    expect(spoken).toContain(name);
    expect(spoken).toContain('cluster');
    expect(dom).toMatch(/background-image: url\(&quot;data:image\/png;base64,/);
  });

  it('shows means over the seeds of a sweep that the run is a row of', async () => {
    const home = await mkdtemp(join(tmpdir(), 'eigenprobe-report-sweep-'));
    const directory = join(home, 'runs', 'row-0');
    await cp(await runDirectory({ sweep: { id: 's', row: 0, label: 'seed = 7' } }), directory, { recursive: true });
    await mkdir(join(home, 'sweeps', 's'), { recursive: true });
    const group = (target: string, rows: number[]): object => ({
      ...{ settings: { 'data.source': 'sketch', 'data.target': target }, rows, advantages: [] },
      figures: figures.map(({ value, domain, ...figure }) => ({
        ...{ ...figure, domain: domain === 'photo' ? target : domain, n: 3, mean: value },
        ...{ std: 0.01, low: value - 0.02, high: value + 0.02 },
      })),
    });
    const summary = {
      ...{ version: 1, sweep: 's', name: 'Seeds', finished: 5, rows: 6, fields: ['data.source', 'data.target'] },
      groups: [group('photo', [0, 1, 2]), group('painting', [3, 4, 5])],
    };
    await writeFile(join(home, 'sweeps', 's', 'summary.json'), JSON.stringify(summary));
    const { dom, console } = await render(await writeReport(directory));
    expect(console).toEqual([]);
    expect(dom).toContain('Means over 3 seeds; whiskers: 95 % interval of the mean (Student).');
    expect(dom).toContain('So far 5 of 6 rows have finished.');
    expect(dom).toContain('painting</th>');
    expect(dom).toContain('± 2.0</small>');
    await rm(home, { recursive: true });
  });

  it('says what is missing where nothing has finished', async () => {
    const directory = await runDirectory({ state: 'failed', error: 'The folder images is empty.' }, true);
    const { dom, console } = await render(await writeReport(directory));
    expect(console).toEqual([]);
    expect(dom).toContain('No results yet');
    expect(dom).toContain('The folder images is empty.');
    expect(dom).not.toContain('<canvas');
  });

  it('shows the stages that there are when a run ended early', async () => {
    const directory = await runDirectory({ state: 'cancelled' });
    await rm(join(directory, 'stages/spectrum'), { recursive: true });
    const file = await writeReport(directory);
    const sample = readPayload(await readFile(file, 'utf8'))?.sample;
    expect(Object.keys(sample!.arrays).filter((name) => name.startsWith('spectrum/'))).toEqual([]);
    const { dom, console } = await render(file, { dark: true });
    expect(console).toEqual([]);
    expect(dom).not.toContain('<section id="spectrum"');
    expect(dom).toContain('<section id="transfer"');
  });
});

describe('the data of the report', () => {
  it('carries a sample of the rows, and the rows of the arrays that belong to it', async () => {
    const directory = await runDirectory();
    const payload = readPayload(await readFile(await writeReport(directory), 'utf8'));
    const { total, rows, drawn, labels, names, arrays } = payload!.sample!;
    expect(total).toBe(980);
    expect(drawn).toHaveLength(800);
    const stored = await readNpy(join(directory, 'stages/spectrum/eigenvectors.npy'));
    const carried = arrays['spectrum/eigenvectors']!;
    expect(carried.shape).toEqual([rows.length, 8]);
    const numbers = new Float32Array(Uint8Array.from(Buffer.from(carried.base64, 'base64')).buffer);
    rows.forEach((row, i) => {
      expect(labels[i]).toBe(row % classNames.length);
      expect(names[i]).toContain(`/${classNames[row % classNames.length]}/${String(row).padStart(4, '0')}`);
      for (let j = 0; j < 8; j++) expect(numbers[8 * i + j]).toBe(stored.data[12 * row + j]);
    });
    expect(arrays['spectrum/eigenvalues']!.shape).toEqual([16]);
    expect(payload!.run.process.pid).toBe(1);
  });
});
