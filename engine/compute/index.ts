import type { Study } from '../study/schema';
import type { Device } from './device';

/** Opens the device that a study asks for. Engines are loaded on demand: they are large. */
export async function openDevice(wanted: Study['device']): Promise<Device> {
  if (wanted === 'eager') return (await import('./eager-device')).openEagerDevice();
  return (await import('./onnx-device')).openOnnxDevice();
}
