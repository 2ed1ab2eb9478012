import { UserError } from '../errors';
import type { Device } from './device';
import { probeDefinition } from './probe-step';

/** Devices that compile to a GPU; the others compute in float32 alone. */
const capable = ['webgpu', 'cuda'];

/**
 * The device with training in mixed precision (Micikevicius et al. 2018), once it has done a step of it.
 * @throws UserError 'precision-absent' where it has no float16
 */
export async function withMixedPrecision(device: Device): Promise<Device> {
  if (!capable.includes(device.name)) throw absent(device, `${device.name} computes in float32`);
  try {
    const definition = probeDefinition(2, 8);
    const program = await device.compile({ ...definition, mixed: true });
    try {
      const { shape } = definition.batch['x']!;
      await program.run({ x: { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) } });
    } finally {
      await program.dispose();
    }
  } catch (error) {
    throw absent(device, error instanceof Error ? error.message.split('\n')[0]!.slice(0, 200) : String(error));
  }
  return { ...device, precision: 'mixed', detail: `${device.detail}, mixed precision` };
}

function absent(device: Device, reason: string): UserError {
  return new UserError(
    'precision-absent',
    `The device ${device.name} has no mixed precision (${reason}). Set "precision" to "float32", or "device" to a GPU that has float16.`,
  );
}
