import type { Reporter } from '../run/stage';

const points = 400;

/**
 * Reports progress and the loss of a training run: the mean of each window of steps, at most 400 points, so that a
 * long run's events stay readable. Within the first window the steps 1, 2, 4, 8, … are points too, each the mean since
 * the one before, so that a long run shows at once how it begins. A pure function of the steps, as everything that is
 * shown.
 */
export function lossCurve(
  report: Reporter,
  options: { steps: number; label: string; metric: string; from?: number; total?: number },
): (done: number, loss: number) => void {
  const { steps, label, metric, from = 0, total = steps } = options;
  const window = Math.max(1, Math.ceil(steps / points));
  let sum = 0;
  let count = 0;
  return (done, loss) => {
    report.progress(from + done, total, label);
    sum += loss;
    count++;
    const begins = done < window && Number.isInteger(Math.log2(done));
    if (done % window !== 0 && done !== steps && !begins) return;
    report.metric(metric, done, sum / count);
    sum = 0;
    count = 0;
  };
}
