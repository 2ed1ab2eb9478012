import { basename, join, resolve } from 'node:path';
import { UserError } from '../errors';
import { readJson } from '../run/atomic';
import { readResults, readRun, runFiles } from '../run/directory';
import { readEvents } from '../run/events';
import { withInterval } from './interval';
import { mergeSeries, metricSeries, storedLosses } from './metrics';
import { payloadVersion, type ReportPayload } from './payload';
import { embedSample } from './embed';
import { summaryFile, sweepOfRow } from './run-sweep';

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
  const { record } = entry;
  const { sweep } = record;
  const ofSweep =
    sweep?.row === undefined ? undefined : sweepOfRow(await readJson(summaryFile(runDirectory, sweep)), sweep.row);
  return {
    version: payloadVersion,
    run: { ...record, study: { ...record.study, path: portablePath(record.study.path) } },
    state: entry.state,
    study: study ?? null,
    figures: (results?.figures ?? []).map(withInterval),
    details: results?.details ?? {},
    metrics: mergeSeries(await storedLosses(join(runDirectory, runFiles.stages)), metricSeries(events)),
    warnings: events.flatMap((event) =>
      event.type === 'log' && event.level !== 'info' ? [{ stage: event.stage, message: event.message }] : [],
    ),
    ...(ofSweep && { sweep: ofSweep }),
    sample: await embedSample(entry, results?.details ?? {}),
  };
}

/** A report is sent to others: of a path outside the workspace it shows the file's name alone. */
function portablePath(path: string): string {
  return /^([/\\]|[A-Za-z]:)/.test(path) ? basename(path.replaceAll('\\', '/')) : path;
}
