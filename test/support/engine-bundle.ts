import { build } from 'esbuild';
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Bundles the program and its worker as the build does, so that tests run the sources as they are and not an earlier
 * build. It lies inside the checkout, where the packages that stay outside the bundle are found.
 * @returns the program's file
 */
export async function bundleEngine(name: string): Promise<{ program: string; remove: () => void }> {
  const outdir = resolve('dist/test', name, 'engine');
  await build({
    entryPoints: { main: 'engine/main.ts', 'augment-worker': 'engine/augment/worker.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node', 'sharp', '@img/*', '@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  // The kernels are compiled by the build, which `npm test` runs first.
  const built = resolve('dist/engine');
  const kernels = existsSync(built) ? readdirSync(built).filter((file) => file.endsWith('.wasm')) : [];
  if (kernels.length === 0) throw new Error('The WebAssembly kernels are missing: run `npm run build` first.');
  for (const file of kernels) copyFileSync(join(built, file), join(outdir, file));
  return {
    program: join(outdir, 'main.mjs'),
    remove: () => rmSync(resolve('dist/test', name), { recursive: true, force: true }),
  };
}
