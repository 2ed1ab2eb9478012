import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { main, root } from './support/process.mjs';

const sources = join(root, 'engine/graph/wasm');
const output = join(root, 'dist/engine/graph.wasm');

/** dist/engine/graph.wasm from the AssemblyScript of engine/graph/wasm, unless it is newer than all of it. */
export async function buildWasm() {
  const files = readdirSync(sources).filter((name) => name.endsWith('.ts'));
  const newest = Math.max(...files.map((name) => statSync(join(sources, name)).mtimeMs));
  if (existsSync(output) && statSync(output).mtimeMs > newest) return false;
  const { default: asc } = await import('assemblyscript/asc');
  const temporary = `dist/engine/graph-${process.pid}.wasm`;
  await mkdir(join(root, 'dist/engine'), { recursive: true });
  const { error, stderr } = await asc.main(
    [
      'engine/graph/wasm/index.ts',
      ...['--outFile', temporary, '--baseDir', '.'],
      ...['--runtime', 'stub', '--use', 'abort=', '-O3', '--noAssert', '--converge'],
      ...['--enable', 'simd,threads,bulk-memory'],
      // One memory for all threads, made by the driver: up to 4 GiB.
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536', '--noExportMemory'],
    ],
    {
      readFile: async (name, base) => readFile(join(root, base ?? '.', name), 'utf8').catch(() => null),
      writeFile: async (name, content) => writeFile(join(root, name), content),
    },
  );
  if (error) throw new Error(`The WebAssembly kernels did not compile.\n${stderr.toString()}`, { cause: error });
  await rename(join(root, temporary), output).catch(() => rm(join(root, temporary), { force: true }));
  return true;
}

await main(import.meta.url, async () => {
  if (await buildWasm()) console.log('Built dist/engine/graph.wasm.');
});
