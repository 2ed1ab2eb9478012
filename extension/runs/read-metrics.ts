import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '../../engine/run/format';

/** The metrics among a run's events, read in slices, so that a long run does not hold up the editor. */
export async function readMetrics(directory: string): Promise<RunEvent[]> {
  const text = await readFile(join(directory, 'events.jsonl'), 'utf8').catch(() => '');
  const events: RunEvent[] = [];
  let start = 0;
  let since = performance.now();
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    if (line.includes('"type":"metric"')) {
      try {
        events.push(JSON.parse(line) as RunEvent);
      } catch {
        // A line that a kill cut in two.
      }
    }
    if (performance.now() - since > 10) {
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
  }
  return events;
}

/** What a stage warned of; each sentence once. Warnings come early, so the beginning of a long file is enough. */
export async function readWarnings(directory: string, stage: string): Promise<string[]> {
  const text = await readFile(join(directory, 'events.jsonl'), 'utf8').catch(() => '');
  const found = new Set<string>();
  for (const line of text.slice(0, 200_000).split('\n')) {
    if (!line.includes('"warning"')) continue;
    try {
      const event = JSON.parse(line) as RunEvent;
      if (event.type === 'log' && event.level === 'warning' && event.stage === stage) found.add(event.message);
    } catch {
      // A line that a kill cut in two.
    }
  }
  return [...found];
}
