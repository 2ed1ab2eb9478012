import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors';
import { writeFileAtomic } from '../run/atomic';
import { runFiles } from '../run/directory';
import { collectReport } from './collect';
import { reportPage } from './page';

/**
 * Writes `report.html` into a run directory and returns its path. The page is one file that needs no network: it
 * carries its data, script and style, and its policy lets nothing else in.
 * Throws UserError where the directory is no run or the page's script was not built.
 */
export async function writeReport(runDirectory: string): Promise<string> {
  const folder = webviewFolder();
  const [payload, script, style] = await Promise.all([
    collectReport(runDirectory),
    readFile(join(folder, 'report.js'), 'utf8'),
    readFile(join(folder, 'report.css'), 'utf8'),
  ]);
  const html = reportPage({
    title: `${payload.run.study.name} – Eigenprobe`,
    policy: [
      `default-src 'none'`,
      `script-src '${sourceHash(script)}'`,
      `style-src '${sourceHash(style)}'`,
      `img-src data:`,
      `base-uri 'none'`,
      `form-action 'none'`,
    ].join('; '),
    style: `<style>${style}</style>`,
    script: `<script>${script}</script>`,
    payload,
  });
  const file = join(runDirectory, runFiles.report);
  await writeFileAtomic(file, html);
  return resolve(file);
}

/** A Content-Security-Policy source for an inline element with this content. */
function sourceHash(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}

/** dist/webview, beside the engine's bundle (dist/engine) or below the project where the sources run. */
function webviewFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [join(here, '../webview'), join(here, '../../dist/webview')];
  const found = candidates.find((folder) => existsSync(join(folder, 'report.js')));
  if (found) return found;
  throw new UserError(
    'report-not-built',
    `The report's script is not in ${resolve(candidates[0]!)}; run npm run build in Eigenprobe's folder.`,
  );
}
