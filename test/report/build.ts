import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type WriteReport = (runDirectory: string) => Promise<string>;

/**
 * Bundles `writeReport` and the report's page into a new temporary folder, laid out as dist is, so that tests see the
 * sources as they are and not an earlier build.
 */
export async function buildReport(): Promise<{
  writeReport: WriteReport;
  folder: string;
  remove: () => Promise<void>;
}> {
  // Inside the project, so that the bundle finds the packages that it does not carry.
  const folder = await mkdtemp(join(process.cwd(), 'node_modules', '.eigenprobe-report-'));
  await build({
    entryPoints: { report: 'webview/report/main.ts' },
    outdir: join(folder, 'webview'),
    ...{ bundle: true, platform: 'browser', target: 'chrome120', format: 'iife', minify: true, logLevel: 'error' },
  });
  const outfile = join(folder, 'engine', 'report.mjs');
  await build({
    ...{ entryPoints: ['engine/report/index.ts'], outfile, mainFields: ['module', 'main'] },
    ...{ external: ['sharp', 'onnxruntime-node', '@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'] },
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
    // CommonJS packages inside still ask for Node's built-ins through require.
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
  });
  const { writeReport } = (await import(pathToFileURL(outfile).href)) as { writeReport: WriteReport };
  return { writeReport, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
