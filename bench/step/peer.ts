import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

export interface Order {
  readonly network: string;
  readonly layout: 'nchw' | 'channels_last';
  readonly mode: 'train' | 'eval';
  readonly pairs: number;
  readonly steps: number;
}

/** A process that runs steps on order: one JSON line an order, one an answer. It has one network in its life. */
export class Peer {
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;
  private readonly child: ChildProcess;

  constructor(
    readonly name: string,
    command: string,
    args: readonly string[],
  ) {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child = child;
    this.reader = createInterface({ input: child.stdout });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  private async ask(order: unknown): Promise<Record<string, unknown>> {
    this.child.stdin!.write(`${JSON.stringify(order)}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`The process of ${this.name} ended in the middle of a measurement.`);
    return JSON.parse(value) as Record<string, unknown>;
  }

  /** Milliseconds of each step. */
  async run(order: Order): Promise<number[]> {
    return (await this.ask(order))['ms'] as number[];
  }

  async threads(count: number): Promise<string> {
    return String((await this.ask({ threads: count }))['version']);
  }

  /** Peak resident memory in MB. */
  async memory(): Promise<number> {
    return (await this.ask({ memory: true }))['mb'] as number;
  }

  async compileMs(): Promise<number> {
    return (await this.ask({ compile: true }))['ms'] as number;
  }

  end(): void {
    this.child.stdin!.end();
    this.reader.close();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
