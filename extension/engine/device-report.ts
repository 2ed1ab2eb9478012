/** A device as `eigenprobe doctor --json` tells of it. */
export interface FoundDevice {
  readonly device: string;
  readonly present: boolean;
  /** What it runs on, or why it is not there. */
  readonly detail: string;
  /** The one thing to do where it is not there. */
  readonly mend?: string;
  /** Milliseconds of a training step, and how many images that was; where it was timed. */
  readonly step?: { readonly stepMs: number; readonly images: number; readonly side: number };
}

export interface DeviceReport {
  /** `Node 20.11.0, linux-x64, …`, most telling first. */
  readonly machine: string;
  readonly devices: readonly FoundDevice[];
  /** The device that "auto" takes. */
  readonly best: string;
}

/** Reads what the engine printed; undefined where it is no report. */
export function readDeviceReport(text: string): DeviceReport | undefined {
  const value = parse(text);
  if (!isObject(value) || !isObject(value.machine) || !isObject(value.auto) || !Array.isArray(value.devices))
    return undefined;
  const { engine, node, platform, processor, threads, memoryGb } = value.machine;
  const devices = value.devices.flatMap((one: unknown): FoundDevice[] => {
    if (!isObject(one) || typeof one.device !== 'string' || typeof one.detail !== 'string') return [];
    const { device, detail, mend, step } = one;
    return [
      {
        device,
        detail,
        present: one.present === true,
        ...(typeof mend === 'string' && { mend }),
        ...(isStep(step) && { step }),
      },
    ];
  });
  return {
    machine: `Eigenprobe ${String(engine)}, Node ${String(node)}, ${String(platform)}, ${String(processor)}, ${String(threads)} threads, ${String(memoryGb)} GB`,
    devices,
    best: String(value.auto.device),
  };
}

/** The command inside what is to be done (`Run "npm …" where …`); undefined where there is none. */
export function commandIn(mend: string): string | undefined {
  return /"((?:\w+=\S+ )*(?:npm|npx|apt-get|apt|sudo|eigenprobe|pip) [^"]+)"/.exec(mend)?.[1];
}

function isStep(value: unknown): value is NonNullable<FoundDevice['step']> {
  return isObject(value) && [value.stepMs, value.images, value.side].every((one) => typeof one === 'number');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
