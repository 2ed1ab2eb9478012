import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { main, root } from './support/process.mjs';

/** What several modules import. */
const shared = 'engine/linear/wasm';

/** AssemblyScript folders of the engine, each compiled to dist/engine/NAME.wasm. */
const modules = [
  // One memory for all threads, made by the driver: up to 4 GiB.
  {
    name: 'graph',
    folder: 'engine/graph/wasm',
    options: ['--sharedMemory'],
    features: 'simd,relaxed-simd,threads,bulk-memory',
  },
  { name: 'probe', folder: 'engine/probe/wasm', options: [], features: 'simd,relaxed-simd,bulk-memory' },
];

/** Builds the modules that are older than one of their sources, and returns their names. */
export async function buildWasm() {
  const stale = modules.filter(({ name, folder }) => {
    const output = join(root, `dist/engine/${name}.wasm`);
    const sources = [folder, shared].flatMap((place) =>
      readdirSync(join(root, place)).flatMap((file) => (file.endsWith('.ts') ? [join(root, place, file)] : [])),
    );
    const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
    return !existsSync(output) || statSync(output).mtimeMs <= newest;
  });
  for (const module of stale) await compile(module);
  return stale.map(({ name }) => name);
}

async function compile({ name, folder, options, features }) {
  const { default: asc } = await import('assemblyscript/asc');
  const temporary = `dist/engine/${name}-${process.pid}.wasm`;
  await mkdir(join(root, 'dist/engine'), { recursive: true });
  const { error, stderr } = await asc.main(
    [
      `${folder}/index.ts`,
      ...['--outFile', temporary, '--baseDir', '.'],
      ...['--runtime', 'stub', '--use', 'abort=', '-O3', '--noAssert', '--converge', '--enable', features],
      ...['--importMemory', '--initialMemory', '1', '--maximumMemory', '65536', '--noExportMemory', ...options],
    ],
    {
      readFile: async (path, base) => readFile(join(root, base ?? '.', path), 'utf8').catch(() => null),
      writeFile: async (path, content) => writeFile(join(root, path), content),
    },
  );
  if (error)
    throw new Error(`The WebAssembly kernels of ${folder} did not compile.\n${stderr.toString()}`, { cause: error });
  const output = join(root, `dist/engine/${name}.wasm`);
  await rename(join(root, temporary), output).catch(() => rm(join(root, temporary), { force: true }));
}

await main(import.meta.url, async () => {
  const built = await buildWasm();
  if (built.length > 0) console.log(`Built ${built.map((name) => `dist/engine/${name}.wasm`).join(', ')}.`);
});
