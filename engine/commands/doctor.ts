import Table from 'cli-table3';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { DeviceAbsent } from '../compute/absent';
import { openDevice } from '../compute';
import { linkTensorflow } from '../compute/linked-tensorflow';
import { type StepTime, timeStep } from '../compute/probe-step';
import { UserError } from '../errors';
import { engineVersion } from '../run/version';
import type { Study } from '../study/schema';
import { print, printJson } from './output';

type DeviceName = Exclude<Study['device'], 'auto'>;

export interface Examined {
  readonly device: DeviceName;
  readonly present: boolean;
  /** What it runs on, or what is missing. */
  readonly detail: string;
  /** The one thing to do where it is missing or does not work. */
  readonly mend?: string;
  readonly step?: StepTime;
}

/** The eager reference is left to the last: it is the slowest by far. */
const devices: readonly DeviceName[] = ['cpu', 'webgpu', 'cuda', 'tensorflow', 'eager'];

export interface DoctorFlags {
  json?: boolean;
  /** Look for the devices without a training step on each. */
  quick?: boolean;
  linkTensorflow?: string;
}

/** `eigenprobe doctor`: which devices are there, and a real training step on each. */
export async function doctor(flags: DoctorFlags): Promise<void> {
  const linked = flags.linkTensorflow === undefined ? undefined : await linkTensorflow(flags.linkTensorflow);
  if (linked && !flags.json) print(`Linked ${linked.package} with TensorFlow ${linked.version}: ${linked.binding}\n`);
  const examined: Examined[] = [];
  for (const device of devices) examined.push(await examine(device, flags.quick));
  const best = await openDevice('auto');
  const machine = {
    engine: engineVersion,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    processor: cpus()[0]?.model ?? 'unknown',
    threads: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
  const auto = { device: best.name, detail: best.detail };
  if (flags.json) return printJson({ machine, devices: examined, auto, ...(linked ? { linked } : {}) });
  print(
    `Eigenprobe ${machine.engine}, Node ${machine.node}, ${machine.platform}, ${machine.processor}, ` +
      `${machine.threads} threads, ${machine.memoryGb} GB\n`,
  );
  print(table(examined));
  print(`\n"device": "auto" takes ${auto.device}: ${auto.detail}`);
  for (const { device, mend } of examined) if (mend) print(`To have ${device}: ${mend}.`);
}

/** Opens the device and, unless it has to be quick, trains on it; what fails is told, never thrown. */
export async function examine(device: DeviceName, quick = false): Promise<Examined> {
  try {
    const opened = await openDevice(device);
    if (quick) return { device, present: true, detail: opened.detail };
    const step = await timeStep(opened, ...size(device, opened.detail));
    if (!(step.lastLoss < step.firstLoss)) {
      const losses = `${step.firstLoss} → ${step.lastLoss}`;
      return {
        device,
        present: false,
        detail: `${opened.detail}: its training step is wrong (loss ${losses})`,
        mend: 'update its driver',
      };
    }
    return { device, present: true, detail: opened.detail, step };
  } catch (error) {
    if (error instanceof DeviceAbsent) return { device, present: false, detail: error.reason, mend: error.mend };
    if (error instanceof UserError) return { device, present: false, detail: error.message };
    return { device, present: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Images and their side: a step of a second at most on what computes one kernel at a time in JavaScript. */
function size(device: DeviceName, detail: string): [number, number] {
  return device === 'eager' || detail.includes('software') ? [4, 8] : [64, 32];
}

function table(rows: readonly Examined[]): string {
  const out = new Table({
    head: ['device', '', 'training step', 'images/s', 'compile', 'detail'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'left'],
  });
  const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  for (const { device, present, step, detail } of rows) {
    out.push([
      device,
      present ? 'yes' : 'no',
      step ? `${number(step.stepMs)} ms (${step.images} of ${step.side}×${step.side})` : '',
      step ? number((1000 * step.images) / step.stepMs) : '',
      step ? `${number(step.compileMs)} ms` : '',
      detail,
    ]);
  }
  return out.toString();
}
