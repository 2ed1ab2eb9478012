import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildWasm } from './build-wasm.mjs';
import { install } from './install.mjs';
import { main, root } from './support/process.mjs';

/** Packages with native parts or files beside them: they stay in node_modules and are loaded from there. */
export const external = [
  'esbuild',
  'playwright-core',
  'onnxruntime-node',
  'sharp',
  '@img/*',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
];

/** Options for a bundle that runs in Node as an ES module. */
export function nodeBundle(entry, outfile) {
  return {
    entryPoints: [join(root, entry)],
    outfile: join(root, outfile),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external,
    // ES modules first: TensorFlow.js then comes in one copy, whichever of its files is imported.
    mainFields: ['module', 'main'],
    absWorkingDir: root,
    sourcemap: 'linked',
    logLevel: 'warning',
    // CommonJS packages inside an ES module bundle still ask for Node's built-ins through require.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
  };
}

/** The program, and beside it the worker that it starts. */
const engineEntries = { main: 'engine/main.ts', 'augment-worker': 'engine/augment/worker.ts' };

/**
 * The engine, split at its dynamic imports, so that a command loads what it uses: `eigenprobe --help` does not wait
 * for native libraries. All parts lie flat in dist/engine, where they find their workers and kernels.
 */
function engineBundle() {
  const { outfile: _, entryPoints: __, ...options } = nodeBundle('', '');
  return {
    ...options,
    entryPoints: Object.entries(engineEntries)
      .filter(([, entry]) => existsSync(join(root, entry)))
      .map(([out, entry]) => ({ in: join(root, entry), out })),
    outdir: join(root, 'dist/engine'),
    outExtension: { '.js': '.mjs' },
    chunkNames: 'part-[hash]',
    splitting: true,
    metafile: true,
  };
}

/** Removes parts of earlier builds. A run that a build overtook may still load its own, so they stay for a day. */
async function removeStaleParts(outputs) {
  const folder = join(root, 'dist/engine');
  const kept = new Set(outputs.map((path) => join(root, path)));
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!name.startsWith('part-') || kept.has(path)) continue;
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > 86_400_000) await rm(path, { force: true });
  }
}

/** Removes pages of panels that are no more. */
async function removeStalePages() {
  const folder = join(root, 'dist/webview');
  for (const name of existsSync(folder) ? await readdir(folder) : [])
    if (!existsSync(join(root, 'webview', name.replace(/\.(js|css)(\.map)?$/, ''), 'main.ts')))
      await rm(join(folder, name), { force: true, recursive: true });
}

/** Zod carries its messages in fifty languages; ours are written from its findings, so one is enough. */
const oneLanguage = {
  name: 'one-language',
  setup(build) {
    build.onResolve({ filter: /locales\/index\.js$/ }, ({ importer }) =>
      /[\\/]zod[\\/]/.test(importer) ? { path: 'zod-locales', namespace: 'one-language' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'one-language' }, () => ({ contents: 'export {};' }));
  },
};

/** The bundles whose sources are there. */
function bundles(minify) {
  const found = [];
  const add = (entry, options) => {
    if (existsSync(join(root, entry))) found.push(options);
  };
  add('engine/main.ts', engineBundle());
  add('extension/extension.ts', {
    entryPoints: [join(root, 'extension/extension.ts')],
    outfile: join(root, 'dist/extension/extension.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    plugins: [oneLanguage],
    // jsonc-parser's "main" is a UMD file whose inner requires cannot be followed; its "module" can.
    mainFields: ['module', 'main'],
    absWorkingDir: root,
    sourcemap: 'linked',
    logLevel: 'warning',
    minify,
  });
  for (const panel of existsSync(join(root, 'webview')) ? readdirSync(join(root, 'webview')) : [])
    add(`webview/${panel}/main.ts`, {
      entryPoints: [{ in: join(root, `webview/${panel}/main.ts`), out: panel }],
      outdir: join(root, 'dist/webview'),
      bundle: true,
      platform: 'browser',
      target: ['chrome120', 'firefox120', 'safari17'],
      format: 'iife',
      absWorkingDir: root,
      logLevel: 'warning',
      legalComments: 'none',
      // A report carries these files inside itself, so they are always small.
      minify: true,
    });
  return found;
}

/** dist/eigenprobe.schema.json, which editors check and complete study files with. */
async function buildSchema(esbuild) {
  const entry = 'engine/study/json-schema.ts';
  if (!existsSync(join(root, entry))) return;
  const bundle = nodeBundle(entry, 'dist/build/json-schema.mjs');
  await esbuild.build({ ...bundle, sourcemap: false });
  const { studyJsonSchema } = await import(`${pathToFileURL(bundle.outfile).href}?${Date.now()}`);
  const text = JSON.stringify(studyJsonSchema(), null, 2) + '\n';
  await mkdir(join(root, 'dist'), { recursive: true });
  await writeFile(join(root, 'dist/eigenprobe.schema.json'), text);
}

/** Builds everything into dist/ and returns the engine's files, relative to the root. */
export async function build({ minify = false, watch = false } = {}) {
  const started = performance.now();
  const esbuild = await import('esbuild');
  await buildWasm();
  const all = bundles(minify);
  if (watch) {
    for (const options of all) await (await esbuild.context({ ...options, logLevel: 'info' })).watch();
    await buildSchema(esbuild);
    console.log('Watching the sources; Ctrl+C ends it.');
    return [];
  }
  const results = await Promise.all([...all.map((options) => esbuild.build(options)), buildSchema(esbuild)]);
  const outputs = results.flatMap((result) => Object.keys(result?.metafile?.outputs ?? {}));
  await removeStaleParts(outputs);
  await removeStalePages();
  console.log(`Built ${all.length} bundles into dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  return outputs;
}

await main(import.meta.url, async (args) => {
  await install();
  await build({ minify: args.includes('--minify'), watch: args.includes('--watch') });
});
