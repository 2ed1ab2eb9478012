import { UserError } from '../errors';

/** A device that a study asks for and that is not there. */
export class DeviceAbsent extends UserError {
  constructor(
    readonly device: string,
    /** What is missing, without a full stop. */
    readonly reason: string,
    /** What to do, as a sentence without its full stop. */
    readonly mend: string,
  ) {
    super(
      'device-absent',
      `The device ${device} is not there: ${reason}. ${mend}, or set "device": "auto". "eigenprobe doctor" shows the devices.`,
    );
  }
}

/** The first line of what a library said that is worth repeating. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.split('\n').find((text) => text.trim() !== '') ?? message;
  // ONNX Runtime puts the place in its sources before what happened.
  return line
    .trim()
    .replace(/^\/onnxruntime_src.*was false\. /, '')
    .replace(/\.$/, '');
}
