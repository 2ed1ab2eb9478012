import { createRequire } from 'node:module';
import util from 'node:util';
import { DeviceAbsent, firstLine } from './absent';
import type { Device } from './device';
import { explainDeviceError } from './device-errors';
import { openEagerDevice } from './eager-device';
import { supportExplicitPadding } from './explicit-padding';
import { registerMoreGradients } from './more-gradients';
import { engine, env } from './tensorflow';

export const tensorflowPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** Which of TensorFlow's bindings is installed, where this program's packages are looked for. */
export function installedTensorflow(): { name: (typeof tensorflowPackages)[number]; path: string } | undefined {
  const require = createRequire(import.meta.url);
  for (const name of tensorflowPackages) {
    try {
      return { name, path: require.resolve(`${name}/package.json`) };
    } catch {
      // Not installed: the next.
    }
  }
  return undefined;
}

/** TensorFlow's native kernels through tfjs-node-gpu (CUDA) or tfjs-node (CPU), one kernel at a time. */
export function openTensorflowDevice(): Promise<Device> {
  const found = installedTensorflow();
  if (!found) return Promise.reject(absent('neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed'));
  restoreOldUtil();
  let version: string;
  try {
    version = load(found.name);
  } catch (error) {
    return Promise.reject(absent(firstLine(error)));
  }
  if (!engine().registryFactory['tensorflow']) {
    return Promise.reject(
      absent(`${found.name} brought a copy of TensorFlow.js of its own; its version has to be 4.22.0`),
    );
  }
  supportExplicitPadding('tensorflow');
  const eager = openEagerDevice('tensorflow');
  return Promise.resolve({
    name: 'tensorflow',
    detail: `TensorFlow through ${found.name} ${version}, not compiled`,
    compile: (definition) =>
      eager.compile(definition).catch((error: unknown) => {
        throw explainDeviceError(error, 'tensorflow');
      }),
  });
}

/** Loads the binding, which registers TensorFlow's kernels, without what it and TensorFlow would print. */
function load(name: string): string {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const loud = env().getBool('PROD');
  env().set('PROD', true);
  try {
    const require = createRequire(import.meta.url);
    const binding = require(name) as { version?: { 'tfjs-node'?: string } };
    return binding.version?.['tfjs-node'] ?? '';
  } finally {
    env().set('PROD', loud);
    // It brings a copy of TensorFlow.js that registers gradients anew.
    registerMoreGradients();
  }
}

function absent(reason: string): DeviceAbsent {
  return new DeviceAbsent(
    'tensorflow',
    reason,
    'Run "npm install @tensorflow/tfjs-node-gpu@4.22.0" (or tfjs-node) where Eigenprobe is installed',
  );
}

/** tfjs-node 4.22 calls functions that Node took out of `util`: isNullOrUndefined in 23, isArray in later versions. */
export function restoreOldUtil(): void {
  const target = util as unknown as Record<string, unknown>;
  target['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  target['isArray'] ??= Array.isArray;
}
