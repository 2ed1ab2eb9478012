import { DeviceAbsent } from './absent';
import type { Device } from './device';
import { openOnnxDevice } from './onnx-device';
import { timeStep } from './probe-step';

/** What may be faster than the CPU, the best first. */
const accelerators = [
  ['cuda', async (): Promise<Device> => (await import('./cuda-device')).openCudaDevice()],
  ['webgpu', openHardware],
] as const;

/**
 * The fastest device that is there; a GPU has to prove on a training step that it beats the CPU, which a weak one
 * does not. The device's detail says why it is not a better one.
 */
export async function openBestDevice(): Promise<Device> {
  const cpu = openOnnxDevice();
  const reasons: string[] = [];
  for (const [name, open] of accelerators) {
    try {
      const device = await open();
      const [onGpu, onCpu] = [await timeStep(device, 64, 32), await timeStep(cpu, 64, 32)];
      if (onGpu.stepMs < onCpu.stepMs) return because(device, reasons);
      reasons.push(`${name} is slower: ${onGpu.stepMs.toFixed(0)} ms a step against ${onCpu.stepMs.toFixed(0)}`);
    } catch (error) {
      if (!(error instanceof DeviceAbsent)) throw error;
      reasons.push(`no ${name}: ${error.reason}`);
    }
  }
  return because(cpu, reasons);
}

function because(device: Device, reasons: readonly string[]): Device {
  return reasons.length === 0 ? device : { ...device, detail: `${device.detail} (${reasons.join('; ')})` };
}

/** A GPU that is one: a software renderer would need half a minute to prove itself slow. */
async function openHardware(): Promise<Device> {
  const { openWebgpuDevice, softwareDriver } = await import('./webgpu-device');
  if (softwareDriver())
    throw new DeviceAbsent('webgpu', 'the only Vulkan driver is a software renderer', "Install the GPU's driver");
  return openWebgpuDevice();
}
