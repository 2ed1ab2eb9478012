import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { DeviceAbsent, firstLine } from './absent';
import type { Device } from './device';
import { onnxRuntimeVersion, sessionOptions } from './onnx-device';
import { OnnxGraph } from './onnx/graph';
import { ResidentProgram } from './onnx/resident-program';
import { SessionPool } from './onnx/sessions';

const options = { ...sessionOptions, executionProviders: ['webgpu'] };

/** ONNX Runtime's WebGPU provider: any GPU with a Vulkan, Metal or Direct3D 12 driver. */
export async function openWebgpuDevice(): Promise<Device> {
  const missing = missingVulkan();
  if (missing) throw absent(missing);
  try {
    await tinySession();
  } catch (error) {
    throw absent(firstLine(error));
  }
  const pool = new SessionPool(options);
  return {
    name: 'webgpu',
    detail: `ONNX Runtime ${onnxRuntimeVersion} on WebGPU${softwareDriver() ? ' (a software renderer: slow)' : ''}`,
    compile: (definition) => ResidentProgram.create('webgpu', pool, definition),
  };
}

function absent(reason: string): DeviceAbsent {
  const linux = process.platform === 'linux' ? ' and the package libvulkan1' : '';
  return new DeviceAbsent('webgpu', reason, `Install the GPU's driver${linux}`);
}

async function tinySession(): Promise<void> {
  const graph = new OnnxGraph();
  graph.output('y', graph.add('Relu', [graph.input('x', 'float32', [4])]), 'float32', [4]);
  const session = await ort.InferenceSession.create(graph.finish(), options);
  try {
    const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(-1, 0, 1, 2), [4]) });
    if (String(y!.data) !== '0,0,1,2') throw new Error(`the driver computed max(x, 0) wrongly (${String(y!.data)})`);
  } finally {
    await session.release();
  }
}

const driverVariables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;
const driverFolders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** Files that describe Vulkan drivers, as the loader looks for them (Linux). */
function vulkanDrivers(): string[] {
  for (const variable of driverVariables) {
    const named = process.env[variable];
    if (named) return named.split(':').filter((path) => existsSync(path));
  }
  return driverFolders.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.json'))
          .map((name) => join(folder, name))
      : [],
  );
}

/** What keeps Vulkan from being there, said before the driver's loader prints warnings of its own. */
export function missingVulkan(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const drivers = vulkanDrivers();
  if (drivers.length === 0) return `no Vulkan driver in ${driverFolders.join(', ')}`;
  return undefined;
}

/**
 * True if what Vulkan would load computes on the CPU: a software renderer alone, or drivers of many GPUs, as a
 * distribution installs them together, on a machine that has none.
 */
export function softwareDriver(): boolean {
  if (process.platform !== 'linux') return false;
  const drivers = vulkanDrivers();
  if (drivers.every((path) => /swiftshader|lvp_icd|lavapipe/i.test(path))) return drivers.length > 0;
  return !existsSync('/dev/dri') && !existsSync('/dev/nvidiactl') && !existsSync('/dev/dxg');
}
