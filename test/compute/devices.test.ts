import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeviceAbsent } from '../../engine/compute/absent';
import { missingCuda } from '../../engine/compute/cuda-device';
import { explainDeviceError } from '../../engine/compute/device-errors';
import { openEagerDevice } from '../../engine/compute/eager-device';
import { openDevice } from '../../engine/compute';
import { installedTensorflow, restoreOldUtil } from '../../engine/compute/tensorflow-device';
import { probeDefinition } from '../../engine/compute/probe-step';
import * as tf from '../../engine/compute/tensorflow';
import { UserError } from '../../engine/errors';
import { normal, relativeError } from './parity';

/** The software GPU that Debian's Chromium brings. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
const loaders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];
const hasSoftwareGpu = existsSync(swiftShader) && loaders.some((folder) => existsSync(`${folder}/libvulkan.so.1`));
const variables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;

function setDriver(path: string): void {
  for (const variable of variables) process.env[variable] = path;
}

let before: (string | undefined)[];
beforeEach(() => {
  before = variables.map((variable) => process.env[variable]);
});
afterEach(() => {
  variables.forEach((variable, i) => {
    if (before[i] === undefined) delete process.env[variable];
    else process.env[variable] = before[i];
  });
});

describe('WebGPU', () => {
  it.skipIf(!hasSoftwareGpu)('trains as tfjs-cpu does, its state resident on the GPU', async () => {
    setDriver(swiftShader);
    const definition = probeDefinition(4, 8);
    const device = await openDevice('webgpu');
    expect(device.detail).toMatch(/WebGPU \(a software renderer/);
    const gpu = await device.compile(definition);
    const reference = await openEagerDevice().compile(definition);
    for (let step = 0; step < 3; step++) {
      const batch = { x: normal([4, 8, 8, 3], step) };
      const [actual, expected] = [await gpu.run(batch), await reference.run(batch)];
      expect(relativeError(actual['loss']!, expected['loss']!)).toBeLessThan(1e-4);
    }
    const [actual, expected] = [await gpu.state(), await reference.state()];
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
    for (const name of Object.keys(expected)) {
      expect(relativeError(actual[name]!, expected[name]!), name).toBeLessThan(1e-4);
    }
    await gpu.dispose();
  });

  it('is absent where no driver is, in one sentence that says what to do', async () => {
    setDriver('/nowhere/driver.json');
    const opened = openDevice('webgpu');
    if (process.platform !== 'linux') return void (await opened.catch(() => undefined));
    await expect(opened).rejects.toThrow(DeviceAbsent);
    await expect(opened).rejects.toThrow(
      /^The device webgpu is not there: no Vulkan driver in .*\. Install the GPU's driver/,
    );
  });
});

describe('mixed precision', () => {
  it.skipIf(!hasSoftwareGpu)('is refused by a GPU without float16', async () => {
    setDriver(swiftShader);
    await expect(openDevice('webgpu', 'mixed')).rejects.toThrow(
      /^The device webgpu has no mixed precision \(.*f16.*\)\. Set "precision" to "float32"/,
    );
  });

  it.each(['cpu', 'eager'] as const)('is refused by %s', async (name) => {
    await expect(openDevice(name, 'mixed')).rejects.toThrow(
      `The device ${name} has no mixed precision (${name} computes in float32). Set "precision" to "float32", or`,
    );
  });
});

describe('a device that is not there', () => {
  it.skipIf(missingCuda() === undefined)('cuda', async () => {
    await expect(openDevice('cuda')).rejects.toThrow(/^The device cuda is not there: .*npm rebuild onnxruntime-node/);
  });

  it.skipIf(installedTensorflow() !== undefined)('tensorflow', async () => {
    await expect(openDevice('tensorflow')).rejects.toThrow(
      /^The device tensorflow is not there: .*npm install @tensorflow/,
    );
  });

  it('auto falls back to what is there and says why', async () => {
    if (process.platform !== 'linux' || missingCuda() === undefined) return;
    setDriver('/nowhere/driver.json');
    const device = await openDevice('auto');
    expect(device.name).toBe('cpu');
    expect(device.detail).toMatch(/on the CPU, \d+ threads \(no cuda: .*; no webgpu: no Vulkan driver/);
  });

  it('auto does not take a software renderer for a GPU', async () => {
    if (process.platform !== 'linux' || missingCuda() === undefined || !existsSync(swiftShader)) return;
    setDriver(swiftShader);
    const device = await openDevice('auto');
    expect(device.name).toBe('cpu');
    expect(device.detail).toContain('no webgpu: the only Vulkan driver is a software renderer');
  });
});

describe('errors of devices', () => {
  it.each([
    ['std::bad_alloc', 'out-of-memory'],
    [
      'BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 4294967296',
      'out-of-memory',
    ],
    ['CUDA_ERROR_OUT_OF_MEMORY: out of memory', 'out-of-memory'],
    ['WebGPU device lost (1): Device was destroyed.', 'device-lost'],
    ['CUDA failure 999: unknown error', 'device-lost'],
  ])('%s', (message, code) => {
    const explained = explainDeviceError(new Error(message), 'webgpu');
    expect(explained).toBeInstanceOf(UserError);
    expect((explained as UserError).code).toBe(code);
  });

  it('leaves our own errors alone', () => {
    const error = new Error('The step changes the shape of w from [1] to [2].');
    expect(explainDeviceError(error, 'cpu')).toBe(error);
  });

  it('explains a step that needs more memory than there is', async () => {
    const device = await openDevice('cpu');
    const program = await device.compile({
      state: {},
      batch: { x: { shape: [1], dtype: 'float32' } },
      step: (_, { x }) => {
        const long = tf.tile(tf.reshape(x!, [1, 1]), [1 << 20, 1]);
        // Four terabytes.
        return { outputs: { y: tf.sum(tf.sqrt(tf.mul(long, tf.transpose(long)))) } };
      },
    });
    await expect(program.run({ x: normal([1], 1) })).rejects.toThrow(/too little memory for a step/);
  });
});

describe('Node without its old util functions', () => {
  it('gets them back', async () => {
    const util = (await import('node:util')).default as unknown as Record<string, unknown>;
    const kept = util['isNullOrUndefined'];
    delete util['isNullOrUndefined'];
    restoreOldUtil();
    expect((util['isNullOrUndefined'] as (v: unknown) => boolean)(null)).toBe(true);
    expect((util['isNullOrUndefined'] as (v: unknown) => boolean)(0)).toBe(false);
    util['isNullOrUndefined'] = kept;
  });
});
