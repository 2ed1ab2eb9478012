import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy } from '../data/npy';
import { isMethodStage, type RunEvent, type StageName, stageNames } from '../run/format';
import type { MetricSeries } from './payload';

/** More points than a plot has pixels only make the file large. */
const maximumPoints = 1200;

/** The metrics among a run's events, one series for each stage and name, in order of appearance. */
export function metricSeries(events: readonly RunEvent[]): MetricSeries[] {
  const series = new Map<string, { head: Omit<MetricSeries, 'points' | 'total'>; values: Map<number, number> }>();
  for (const event of events) {
    if (event.type !== 'metric' || !Number.isFinite(event.value)) continue;
    const key = JSON.stringify([event.stage, event.name]);
    let entry = series.get(key);
    if (!entry) series.set(key, (entry = { head: { stage: event.stage, name: event.name }, values: new Map() }));
    // A resumed stage repeats the steps since its checkpoint: the later value is the one that counts.
    entry.values.set(event.step, event.value);
  }
  return [...series.values()].map(({ head, values }) => {
    const points = [...values].sort((a, b) => a[0] - b[0]);
    return { ...head, total: points.length, points: thin(points, maximumPoints) };
  });
}

/**
 * Loss curves that finished stages left as losses.npy or losses-<method>.npy, one value a step. A stage that came
 * from the cache has no events in this run, but it has these.
 */
export async function storedLosses(stages: string): Promise<MetricSeries[]> {
  const found: MetricSeries[] = [];
  const methods = (await readdir(stages).catch((): string[] => [])).sort().filter(isMethodStage);
  for (const stage of [...stageNames, ...methods]) {
    const names = await readdir(join(stages, stage)).catch((): string[] => []);
    for (const file of names.sort()) {
      const match = /^losses(?:-(.+))?\.npy$/.exec(file);
      if (!match) continue;
      const { data } = await readNpy(join(stages, stage, file));
      const points = Array.from(data, (value, i): [number, number] => [i + 1, Number(value)]);
      const name = match[1] === undefined ? 'loss' : `${match[1]}/loss`;
      found.push({ stage, name, total: points.length, points: thin(points, maximumPoints) });
    }
  }
  return found;
}

/** The series of finished stages, and of the others what their events say so far. */
export function mergeSeries(stored: readonly MetricSeries[], live: readonly MetricSeries[]): MetricSeries[] {
  const finished = new Set<StageName>(stored.map(({ stage }) => stage));
  return [...stored, ...live.filter(({ stage }) => !finished.has(stage))];
}

/**
 * At most `limit` points: the first, the last, and of each stretch between them the lowest and the highest, so
 * that neither a spike nor a dip is lost.
 */
export function thin(points: readonly [number, number][], limit: number): [number, number][] {
  if (points.length <= limit) return [...points];
  const stretches = Math.floor((limit - 2) / 2);
  const inner = points.length - 2;
  const kept: [number, number][] = [points[0]!];
  for (let i = 0; i < stretches; i++) {
    const from = 1 + Math.floor((i * inner) / stretches);
    const to = 1 + Math.floor(((i + 1) * inner) / stretches);
    let low = from;
    let high = from;
    for (let j = from + 1; j < to; j++) {
      if (points[j]![1] < points[low]![1]) low = j;
      if (points[j]![1] > points[high]![1]) high = j;
    }
    kept.push(points[Math.min(low, high)]!);
    if (low !== high) kept.push(points[Math.max(low, high)]!);
  }
  kept.push(points.at(-1)!);
  return kept;
}
