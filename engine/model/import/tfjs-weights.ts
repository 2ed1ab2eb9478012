import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { elementCount, viewAs } from '../../data/array';
import { unreadable } from '../../data/bytes';
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

interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightEntry[];
}

/** The weight files of a TensorFlow.js model.json, relative to its folder. Throws UserError. */
export async function tfjsFiles(file: string): Promise<string[]> {
  return (await readManifest(file)).groups.flatMap(({ paths }) => paths);
}

function damage(file: string, what: string): UserError {
  return new UserError('tfjs-model', `${file} is not a readable TensorFlow.js model: ${what}.`, { file });
}

async function readManifest(file: string): Promise<{ topology: unknown; groups: WeightGroup[] }> {
  let model: unknown;
  try {
    model = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw damage(file, 'it is not JSON');
    throw unreadable(error, file);
  }
  const { modelTopology = null, weightsManifest } = (model ?? {}) as {
    modelTopology?: unknown;
    weightsManifest?: unknown;
  };
  if (!Array.isArray(weightsManifest)) throw damage(file, 'it has no weightsManifest');
  for (const group of weightsManifest as Partial<WeightGroup>[]) {
    if (!Array.isArray(group.paths) || !Array.isArray(group.weights))
      throw damage(file, 'its weightsManifest is wrong');
    for (const path of group.paths as unknown[])
      // Weight files lie beside the model; a path that leads elsewhere is not followed.
      if (typeof path !== 'string' || isAbsolute(path) || path.split(/[\\/]/).includes('..'))
        throw damage(file, `the path ${String(path)} leads out of its folder`);
  }
  return { topology: modelTopology, groups: weightsManifest as WeightGroup[] };
}

/** Reads a TensorFlow.js model.json and the weight files beside it; quantised weights become float32. Throws UserError. */
export async function readTfjsModel(file: string): Promise<TfjsModel> {
  const damaged = (what: string) => damage(file, what);
  const { topology, groups } = await readManifest(file);
  const weights: HostArrays = {};
  for (const group of groups) {
    const parts = await Promise.all(
      group.paths.map((path) =>
        readFile(join(dirname(file), path)).catch(() => {
          throw damaged(`its weight file ${path} is missing`);
        }),
      ),
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
  return { topology, weights };
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
