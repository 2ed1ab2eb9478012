import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { elementCount, viewAs } from '../../data/array';
import { decodeFloat16Array } from '../../data/float16';
import { UserError } from '../../errors';
import type { HostArrays } from '../../compute/device';

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

export interface TfjsModel {
  /** Keras' or TensorFlow's description of the network, null where the file holds weights alone. */
  readonly topology: unknown;
  readonly weights: HostArrays;
}

const widths: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };

/** Reads a TensorFlow.js model.json and the weight files beside it; quantised weights become float32. Throws UserError. */
export async function readTfjsModel(file: string): Promise<TfjsModel> {
  const damaged = (what: string) =>
    new UserError('tfjs-model', `${file} is not a readable TensorFlow.js model: ${what}.`, { file });
  let model: unknown;
  try {
    model = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw damaged(error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read');
  }
  const { modelTopology = null, weightsManifest } = (model ?? {}) as {
    modelTopology?: unknown;
    weightsManifest?: unknown;
  };
  if (!Array.isArray(weightsManifest)) throw damaged('it has no weightsManifest');
  const weights: HostArrays = {};
  for (const group of weightsManifest as { paths?: string[]; weights?: WeightEntry[] }[]) {
    if (!Array.isArray(group.paths) || !Array.isArray(group.weights)) throw damaged('its weightsManifest is wrong');
    const parts = await Promise.all(
      group.paths.map(async (path) => {
        // Weight files lie beside the model; a path that leads elsewhere is not followed.
        if (typeof path !== 'string' || path.split(/[\\/]/).includes('..'))
          throw damaged(`the path ${path} leads out of its folder`);
        return readFile(join(dirname(file), path)).catch(() => {
          throw damaged(`its weight file ${path} is missing`);
        });
      }),
    );
    const bytes = new Uint8Array(Buffer.concat(parts));
    let at = 0;
    for (const entry of group.weights) {
      const stored = entry.quantization?.dtype ?? entry.dtype;
      const width = widths[stored];
      if (width === undefined) throw damaged(`${entry.name} has the type ${stored}`);
      const length = elementCount(entry.shape) * width;
      if (at + length > bytes.length) throw damaged(`its weight files end within ${entry.name}`);
      weights[entry.name] = { shape: entry.shape, data: decode(bytes.slice(at, at + length), stored, entry) };
      at += length;
    }
    if (at !== bytes.length) throw damaged('its weight files hold more than its manifest says');
  }
  return { topology: modelTopology, weights };
}

function decode(bytes: Uint8Array, stored: string, { dtype, quantization }: WeightEntry): Float32Array | Int32Array {
  const raw =
    stored === 'float32'
      ? viewAs(bytes, Float32Array)
      : stored === 'int32'
        ? viewAs(bytes, Int32Array)
        : stored === 'float16'
          ? decodeFloat16Array(viewAs(bytes, Uint16Array))
          : stored === 'uint16'
            ? viewAs(bytes, Uint16Array)
            : bytes;
  if (quantization && quantization.scale !== undefined) {
    const { scale, min = 0 } = quantization;
    return Float32Array.from(raw, (value) => value * scale + min);
  }
  return dtype === 'int32' || dtype === 'bool' ? Int32Array.from(raw) : Float32Array.from(raw);
}
