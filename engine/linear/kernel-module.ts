import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** Where dist/engine lies as seen from here: beside the bundled program, next door for benchmarks, and from the sources. */
const folders = ['./', '../engine/', '../../dist/engine/'];
const compiled = new Map<string, WebAssembly.Module>();

/** The compiled WebAssembly of `NAME.wasm` (scripts/build-wasm.mjs), read once. Throws an Error where it is missing. */
export function kernelModule(name: 'graph' | 'probe'): WebAssembly.Module {
  const known = compiled.get(name);
  if (known) return known;
  for (const folder of folders) {
    try {
      const bytes = readFileSync(fileURLToPath(new URL(`${folder}${name}.wasm`, import.meta.url)));
      // Node 20 has relaxed SIMD, and fused products with it, behind a flag; later ones have it anyway.
      if (!WebAssembly.validate(bytes)) setFlagsFromString('--experimental-wasm-relaxed-simd');
      const module = new WebAssembly.Module(bytes);
      compiled.set(name, module);
      return module;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${name}.wasm is missing: run \`npm run build\`.`);
}
