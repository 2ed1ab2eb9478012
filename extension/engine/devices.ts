import * as vscode from 'vscode';
import { readDeviceReport, type DeviceReport } from './device-report';
import type { Engine } from './engine';

const memoryKey = 'eigenprobe.devices';

/** The devices of this machine, as the engine finds them. What was found last is remembered over reloads. */
export class Devices {
  private looking: Promise<DeviceReport | undefined> | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly memory: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** What was found last; undefined on a machine where nobody has looked yet. */
  get known(): DeviceReport | undefined {
    return this.memory.get<DeviceReport>(memoryKey);
  }

  /** Looks which devices are there, once a session and without training; undefined where the engine does not run. */
  look(): Promise<DeviceReport | undefined> {
    this.looking ??= this.ask(['--quick']).catch((error: unknown) => {
      this.log.debug(`The devices are not known: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    });
    return this.looking;
  }

  /** Trains a step on each device, which takes seconds; undefined where the user cancelled it. */
  examine(token: vscode.CancellationToken): Promise<DeviceReport | undefined> {
    return this.ask([], token);
  }

  private async ask(flags: readonly string[], token?: vscode.CancellationToken): Promise<DeviceReport | undefined> {
    const { stdout, stderr } = await this.engine.ask(['doctor', '--json', ...flags], undefined, {
      timeout: 300_000,
      token,
    });
    if (token?.isCancellationRequested) return undefined;
    const report = readDeviceReport(stdout);
    if (!report) {
      const reason = stderr.trim().split('\n')[0] ?? '';
      throw new Error(vscode.l10n.t('The engine could not look at the devices: {0}', reason));
    }
    await this.memory.update(memoryKey, report);
    return report;
  }
}
