import type { Study } from '../study/schema';
import type { Device, Precision } from './device';

type Wanted = Study['device'];

/**
 * Opens the device that a study asks for. Engines are loaded on demand: they are large.
 * @throws UserError where the device is absent or lacks the precision: a study never runs otherwise than it says
 */
export async function openDevice(wanted: Wanted, precision: Precision = 'float32'): Promise<Device> {
  const device = await open(wanted);
  return precision === 'mixed' ? (await import('./mixed-precision')).withMixedPrecision(device) : device;
}

async function open(wanted: Wanted): Promise<Device> {
  switch (wanted) {
    case 'eager':
      return (await import('./eager-device')).openEagerDevice();
    case 'cpu':
      return (await import('./onnx-device')).openOnnxDevice();
    case 'webgpu':
      return (await import('./webgpu-device')).openWebgpuDevice();
    case 'cuda':
      return (await import('./cuda-device')).openCudaDevice();
    case 'tensorflow':
      return (await import('./tensorflow-device')).openTensorflowDevice();
    case 'auto':
      return (await import('./auto-device')).openBestDevice();
  }
}
