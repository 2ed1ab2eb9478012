import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode } from './disk';
import type { RunEvent } from './format';

type WithoutTime<T> = T extends unknown ? Omit<T, 'time'> : never;
/** An event before it is stamped. */
export type NewEvent = WithoutTime<RunEvent>;
type ProgressEvent = Extract<NewEvent, { type: 'progress' }>;

/** At most ten progress events a second reach the file. */
export const progressIntervalMs = 100;

/**
 * Appends events to events.jsonl, one a line. Every line is written at once and in order, so that a kill
 * loses nothing but the progress held back. A half line that an earlier kill left is closed first.
 */
export class EventWriter {
  private file: number | undefined;
  private held: ProgressEvent | undefined;
  private timer: NodeJS.Timeout | undefined;
  private lastProgress = -Infinity;
  private halfLine = false;

  constructor(
    path: string,
    private readonly onEvent?: (event: RunEvent) => void,
    private readonly now: () => number = Date.now,
  ) {
    this.file = openSync(path, 'a+');
    const { size } = fstatSync(this.file);
    const last = Buffer.alloc(1);
    this.halfLine = size > 0 && readSync(this.file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
  }

  write(event: NewEvent): void {
    if (event.type === 'progress') this.progress(event);
    else {
      this.release();
      this.append(event);
    }
  }

  close(): void {
    this.release();
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private progress(event: ProgressEvent): void {
    // What another stage last said is not to be dropped by this one.
    if (this.held && this.held.stage !== event.stage) this.release();
    const wait = this.lastProgress + progressIntervalMs - this.now();
    this.held = event;
    if (wait <= 0) this.release();
    else if (!this.timer) this.timer = setTimeout(() => this.releaseLate(), wait).unref();
  }

  /** A full disk is reported by the next event or by the stage itself; a timer has nobody to tell. */
  private releaseLate(): void {
    try {
      this.release();
    } catch {
      this.halfLine = true;
    }
  }

  private release(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { held } = this;
    this.held = undefined;
    if (!held) return;
    this.lastProgress = this.now();
    this.append(held);
  }

  private append(event: NewEvent): void {
    if (this.file === undefined) return;
    const stamped: RunEvent = { time: new Date(this.now()).toISOString(), ...event };
    const line = Buffer.from(`${this.halfLine ? '\n' : ''}${JSON.stringify(stamped)}\n`);
    this.halfLine = true;
    for (let written = 0; written < line.length;) written += writeSync(this.file, line, written);
    this.halfLine = false;
    this.onEvent?.(stamped);
  }
}

/** Follows an events.jsonl: each call reads what was added since, whole lines only. */
export class EventReader {
  private offset = 0;
  private rest = Buffer.alloc(0);

  constructor(private readonly path: string) {}

  /** New events in order; lines that are no event (a half line that a kill left) are passed over. */
  async read(): Promise<RunEvent[]> {
    const added = await this.readAdded();
    if (!added) return [];
    const bytes = Buffer.concat([this.rest, added]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.rest = bytes.subarray(end);
    return bytes
      .toString('utf8', 0, end)
      .split('\n')
      .flatMap((line) => parseEvent(line) ?? []);
  }

  private async readAdded(): Promise<Buffer | undefined> {
    let file;
    try {
      file = await open(this.path, 'r');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const { size } = await file.stat();
      if (size < this.offset) {
        this.offset = 0;
        this.rest = Buffer.alloc(0);
      }
      const buffer = Buffer.alloc(size - this.offset);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.offset);
      this.offset += bytesRead;
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }
}

/** Every event of a run so far. */
export async function readEvents(path: string): Promise<RunEvent[]> {
  return new EventReader(path).read();
}

function parseEvent(line: string): RunEvent | undefined {
  if (line.trim() === '') return undefined;
  try {
    const value = JSON.parse(line) as unknown;
    const isEvent = typeof value === 'object' && value !== null && 'type' in value && 'time' in value;
    return isEvent ? (value as RunEvent) : undefined;
  } catch {
    return undefined;
  }
}
