import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function findChromium(): string {
  const found = process.env.CHROMIUM ?? places.find((path) => existsSync(path));
  if (found) return found;
  throw new Error('These tests need Chromium: install the package chromium, or set CHROMIUM to the program.');
}

export interface Rendered {
  /** The page's markup once its scripts have run. */
  dom: string;
  /** Lines that the page or the browser wrote to the console: errors, refused sources. */
  console: string[];
}

export interface RenderOptions {
  dark?: boolean;
  /** Runs in the page after its own script. */
  script?: string;
  screenshot?: string;
  size?: [width: number, height: number];
}

/** Opens a page from disk in Chromium without a window. */
export async function render(file: string, options: RenderOptions = {}): Promise<Rendered> {
  const profile = await mkdtemp(join(tmpdir(), 'eigenprobe-chromium-'));
  const { dark = false, script, screenshot, size = [1400, 2900] } = options;
  try {
    let page = file;
    if (script !== undefined) {
      page = join(profile, 'page.html');
      await writeFile(page, withScript(await readFile(file, 'utf8'), script));
    }
    const { stdout, stderr } = await run(findChromium(), [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...['--enable-logging=stderr', '--virtual-time-budget=3000', `--user-data-dir=${join(profile, 'data')}`],
      ...[`--window-size=${size.join(',')}`, `--blink-settings=preferredColorScheme=${dark ? 0 : 1}`],
      ...(screenshot ? [`--screenshot=${screenshot}`] : ['--dump-dom']),
      `file://${page}`,
    ]);
    return { dom: stdout, console: stderr.split('\n').filter((line) => line.includes(':CONSOLE')) };
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Adds a script at the end of the body, and its hash to the page's policy. */
function withScript(html: string, script: string): string {
  const hash = createHash('sha256').update(script).digest('base64');
  return html
    .replace(/script-src /, `script-src &#39;sha256-${hash}&#39; `)
    .replace('</body>', () => `<script>${script}</script></body>`);
}

function run(program: string, args: string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 64 * 2 ** 20, timeout: 90_000 }, (error, stdout, stderr) => {
      if (error) reject(error);
      else resolve({ stdout, stderr });
    });
  });
}
