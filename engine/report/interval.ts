import type { Figure } from '../run/format';
import type { ReportFigure } from './payload';

/** 97.5 % point of the standard normal distribution. */
const z = 1.959963984540054;

/**
 * Wilson's 95 % score interval for a proportion p seen in n independent trials
 * (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927).
 */
export function wilsonInterval(p: number, n: number): [low: number, high: number] {
  const z2 = (z * z) / n;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = (z / (1 + z2)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/**
 * An accuracy with its interval; other figures as they are. Clusters are matched to classes so that they agree best: no
 * independent trials, and so no interval for them.
 */
export function withInterval(figure: Figure): ReportFigure {
  const { id, stage, unit, samples, value } = figure;
  const isAccuracy = stage !== 'spectrum' && unit === 'fraction' && /(^|[.-])accuracy$/.test(id);
  if (!isAccuracy || !samples || !Number.isFinite(value) || value < 0 || value > 1) return figure;
  return { ...figure, interval: wilsonInterval(value, samples) };
}
