import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EventReader, EventWriter, readEvents } from '../../engine/run/events';
import type { RunEvent } from '../../engine/run/format';
import { temporaryFolder } from './support/process';

let path: string;
beforeEach(() => {
  const temporary = temporaryFolder();
  path = join(temporary.path, 'events.jsonl');
  vi.useFakeTimers({ now: Date.UTC(2025, 0, 1) });
  return temporary.remove;
});
afterEach(() => {
  vi.useRealTimers();
});

const progress = (done: number, stage: 'pretrain' | 'data' = 'pretrain') =>
  ({ type: 'progress', stage, done, total: 1000, label: '' }) as const;
const doneOf = (events: RunEvent[]) => events.flatMap((event) => (event.type === 'progress' ? event.done : []));

describe('writer', () => {
  test('at most ten progress events a second, and the newest of them gets through', async () => {
    const writer = new EventWriter(path);
    for (let done = 1; done <= 1000; done++) {
      writer.write(progress(done));
      vi.advanceTimersByTime(2);
    }
    vi.advanceTimersByTime(200);
    const done = doneOf(await readEvents(path));
    expect(done.length).toBeLessThanOrEqual(21);
    expect(done.length).toBeGreaterThanOrEqual(19);
    expect(done[0]).toBe(1);
    expect(done.at(-1)).toBe(1000);
    writer.close();
  });

  test('progress held back comes before what follows it, and before the end', async () => {
    const writer = new EventWriter(path);
    writer.write(progress(1));
    writer.write(progress(2));
    writer.write({ type: 'stage', stage: 'pretrain', state: 'finished', seconds: 1 });
    writer.write(progress(3, 'data'));
    writer.close();
    const events = await readEvents(path);
    expect(events.map((event) => event.type)).toEqual(['progress', 'progress', 'stage', 'progress']);
    expect(doneOf(events)).toEqual([1, 2, 3]);
    expect(events[0]?.time).toBe('2025-01-01T00:00:00.000Z');
  });

  test('metrics and messages are never dropped', async () => {
    const writer = new EventWriter(path);
    for (let step = 0; step < 100; step++)
      writer.write({ type: 'metric', stage: 'pretrain', name: 'loss', step, value: 1 });
    expect(await readEvents(path)).toHaveLength(100);
    writer.close();
  });

  test('goes on after a half line that a kill left', async () => {
    writeFileSync(path, '{"time":"t","type":"run","state":"running"}\n{"time":"t","type":"met');
    const writer = new EventWriter(path);
    writer.write({ type: 'run', state: 'finished' });
    writer.close();
    expect((await readEvents(path)).map((event) => event.type === 'run' && event.state)).toEqual([
      'running',
      'finished',
    ]);
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
  });
});

describe('reader', () => {
  const line = (step: number) => `{"time":"t","type":"metric","stage":"probe","name":"é","step":${step},"value":0}\n`;
  const stepsOf = (events: RunEvent[]) => events.map((event) => event.type === 'metric' && event.step);

  test('a half-written last line is left for later, wherever it is cut', async () => {
    const reader = new EventReader(path);
    expect(await reader.read()).toEqual([]);
    const bytes = Buffer.from(line(1) + line(2) + line(3));
    const steps: unknown[] = [];
    for (const byte of bytes) {
      appendFileSync(path, Buffer.from([byte]));
      steps.push(...stepsOf(await reader.read()));
    }
    expect(steps).toEqual([1, 2, 3]);
    expect(await reader.read()).toEqual([]);
  });

  test('lines that are no event are passed over', async () => {
    writeFileSync(path, `${line(1)}not json\n\n[]\n17\nnull\n{"a":1}\n${line(2)}{"time":`);
    expect(stepsOf(await readEvents(path))).toEqual([1, 2]);
  });
});
