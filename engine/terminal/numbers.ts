import type { Figure } from '../run/format';

/**
 * A figure as people read it: fractions as percentages with one decimal, followed by the binomial standard
 * error √(p(1−p)/n) in points where the number of samples n is known; counts in full; all else to three
 * significant digits. What is not a number (a value that JSON could not hold) is "n/a".
 */
export function formatFigure({ value, unit, samples }: Pick<Figure, 'value' | 'unit' | 'samples'>): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'n/a';
  switch (unit) {
    case 'fraction':
      return `${(100 * value).toFixed(1)} %${formatStandardError(value, samples)}`;
    case 'count':
      return Math.round(value).toLocaleString('en-US');
    case 'distance':
    case 'eigenvalue':
    case 'score':
    case 'value':
      return significant(value);
  }
}

function formatStandardError(p: number, samples: number | undefined): string {
  if (samples === undefined || samples < 1 || p < 0 || p > 1) return '';
  return ` ± ${(100 * Math.sqrt((p * (1 - p)) / samples)).toFixed(1)}`;
}

/** Three significant digits: plain between 10⁻⁴ and 10⁶, otherwise with an exponent. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return value.toExponential(2);
  // toPrecision turns to exponents from 1000 on, where rounding to three digits would hide known ones anyway.
  return size >= 999.5 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}

/** `4.2 s`, `3:07` (minutes), `2:03:07` (hours). */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return formatClock(seconds);
}

/** `0:09`, `3:07`, `2:03:07`: steady in width while it counts down. */
export function formatClock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** The done share as a whole percentage that is 100 only at the very end. */
export function percentage(done: number, total: number): number {
  if (!(total > 0)) return 0;
  return Math.min(done >= total ? 100 : 99, Math.max(0, Math.floor((100 * done) / total)));
}
