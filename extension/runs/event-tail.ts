import { open } from 'node:fs/promises';
import type { RunEvent } from '../../engine/run/format';

/** So much of the past is read at first: enough to know how far a run is, however long it has been running. */
const firstBytes = 64 * 1024;
/** So much is read at once, which keeps every read far below a frame. */
const mostBytes = 256 * 1024;

/** Follows the end of an events.jsonl; half lines wait for their other half. */
export class EventTail {
  private offset = -1;
  private rest = '';
  private skipLine = false;

  constructor(private readonly path: string) {}

  async read(): Promise<RunEvent[]> {
    const file = await open(this.path, 'r').catch(() => undefined);
    if (!file) return [];
    try {
      const { size } = await file.stat();
      if (this.offset < 0 || size < this.offset) {
        this.offset = Math.max(0, size - firstBytes);
        this.skipLine = this.offset > 0;
        this.rest = '';
      }
      const buffer = Buffer.alloc(Math.min(mostBytes, size - this.offset));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.offset);
      this.offset += bytesRead;
      const lines = (this.rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
      this.rest = lines.pop() ?? '';
      if (this.skipLine && lines.length > 0) {
        lines.shift();
        this.skipLine = false;
      }
      // A character may be cut in two by a read, a line cannot: its bytes are put together before they are decoded.
      return lines.flatMap((line) => parseEvent(Buffer.from(line, 'latin1').toString('utf8')) ?? []);
    } finally {
      await file.close();
    }
  }
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
