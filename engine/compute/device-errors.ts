import { Cancelled, UserError } from '../errors';

const memory =
  /bad_alloc|bad allocation|out of memory|outofmemory|failed to allocate|allocation failed|array buffer allocation/i;
const lost = /device (is |was )?lost|devicelost|cuda(_error| failure)|cudnn failure|hip failure|driver/i;

/**
 * What a device's error means to the user: too little memory, or a driver that went away. Any other error is a bug
 * of ours and stays what it is.
 */
export function explainDeviceError(error: unknown, device: string): unknown {
  if (error instanceof UserError || error instanceof Cancelled || !(error instanceof Error)) return error;
  const said = error.message.split('\n')[0]!.slice(0, 200);
  if (error instanceof RangeError || memory.test(error.message)) {
    return new UserError(
      'out-of-memory',
      `The device ${device} has too little memory for a step of this study: lower batchSize, the image size or the encoder's width. (${said})`,
    );
  }
  if (lost.test(error.message)) {
    return new UserError(
      'device-lost',
      `The driver of the device ${device} stopped answering. "eigenprobe resume latest" goes on from the last checkpoint; with "device": "cpu" in the study the run does without it. (${said})`,
    );
  }
  return error;
}

/** Runs the work and explains its errors. */
export async function onDevice<T>(device: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainDeviceError(error, device);
  }
}
