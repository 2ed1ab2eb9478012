import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent, StageName } from '../../engine/run/format';

/** What a run's events tell of its training. */
export interface RunTrace {
  /** The metrics alone. */
  events: RunEvent[];
  /** By stage and what it counts: how many a second, over the seconds since the run began. */
  throughput: { stage: string; label: string; points: [seconds: number, rate: number][] }[];
  warnings: { stage?: StageName; message: string }[];
}

/** Rates are means over so many seconds: shorter ones jump. */
const rateSeconds = 2;
const mostRates = 600;

/** The metrics, rates and warnings among a run's events, read in slices, so that a long run does not hold up the editor. */
export async function readRunEvents(directory: string, startedAt: string): Promise<RunTrace> {
  const text = await readFile(join(directory, 'events.jsonl'), 'utf8').catch(() => '');
  const trace: RunTrace = { events: [], throughput: [], warnings: [] };
  const rates = new Map<string, { series: RunTrace['throughput'][number]; done: number; time: number }>();
  const began = Date.parse(startedAt);
  let start = 0;
  let since = performance.now();
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    const event = parse(line);
    if (event?.type === 'metric') trace.events.push(event);
    else if (event?.type === 'progress') addRate(event, began, rates, trace);
    else if (event?.type === 'log' && event.level !== 'info')
      trace.warnings.push({ stage: event.stage, message: event.message });
    if (performance.now() - since > 10) {
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
  }
  for (const { points } of trace.throughput) if (points.length > mostRates) points.splice(0, points.length - mostRates);
  return trace;
}

function parse(line: string): RunEvent | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as RunEvent;
  } catch {
    // A line that a kill cut in two.
    return undefined;
  }
}

function addRate(
  { time, stage, label, done }: Extract<RunEvent, { type: 'progress' }>,
  began: number,
  rates: Map<string, { series: RunTrace['throughput'][number]; done: number; time: number }>,
  trace: RunTrace,
): void {
  const seconds = (Date.parse(time) - began) / 1000;
  const key = `${stage} ${label}`;
  const known = rates.get(key);
  // A resumed stage counts from its checkpoint.
  if (!known || done < known.done) {
    const series = known?.series ?? { stage, label, points: [] };
    if (!known) trace.throughput.push(series);
    rates.set(key, { series, done, time: seconds });
    return;
  }
  const passed = seconds - known.time;
  if (passed < rateSeconds) return;
  known.series.points.push([seconds, (done - known.done) / passed]);
  rates.set(key, { ...known, done, time: seconds });
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

/** The metrics among a run's events. */
export async function readMetrics(directory: string): Promise<RunEvent[]> {
  return (await readRunEvents(directory, '')).events;
}
