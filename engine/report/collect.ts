import { basename, join, resolve } from 'node:path';
import { UserError } from '../errors';
import { readJson } from '../run/atomic';
import { readResults, readRun, runFiles } from '../run/directory';
import { readEvents } from '../run/events';
import type { Figure } from '../run/format';
import { wilsonInterval } from './interval';
import { mergeSeries, metricSeries, storedLosses } from './metrics';
import { payloadVersion, type ReportFigure, type ReportPayload } from './payload';
import { spectrumView } from './spectrum-view';

/** Reads from a run directory what its report shows. A run that is not finished gives what there is. */
export async function collectReport(runDirectory: string): Promise<ReportPayload> {
  const entry = await readRun(runDirectory);
  if (!entry) {
    throw new UserError(
      'not-a-run',
      `${resolve(runDirectory)} is not a run directory: it has no readable run.json; eigenprobe list shows the runs.`,
    );
  }
  const [study, results, events] = await Promise.all([
    readJson(join(runDirectory, runFiles.study)),
    readResults(runDirectory),
    readEvents(join(runDirectory, runFiles.events)),
  ]);
  const figures = (results?.figures ?? []).map(withInterval);
  const { record } = entry;
  return {
    version: payloadVersion,
    run: { ...record, study: { ...record.study, path: portablePath(record.study.path) } },
    state: entry.state,
    study: study ?? null,
    figures,
    metrics: mergeSeries(await storedLosses(join(runDirectory, runFiles.stages)), metricSeries(events)),
    warnings: events.flatMap((event) =>
      event.type === 'log' && event.level !== 'info' ? [{ stage: event.stage, message: event.message }] : [],
    ),
    spectrum: await spectrumView(join(runDirectory, runFiles.stages), results, record.seed),
  };
}

/** A report is sent to others: of a path outside the workspace it shows the file's name alone. */
function portablePath(path: string): string {
  return /^([/\\]|[A-Za-z]:)/.test(path) ? basename(path.replaceAll('\\', '/')) : path;
}

/** Clusters are matched to classes so that they agree best: no independent trials, and so no interval for them. */
function withInterval(figure: Figure): ReportFigure {
  const { id, stage, unit, samples, value } = figure;
  const isAccuracy = stage !== 'spectrum' && unit === 'fraction' && /(^|[.-])accuracy$/.test(id);
  if (!isAccuracy || !samples || value < 0 || value > 1) return figure;
  return { ...figure, interval: wilsonInterval(value, samples) };
}
