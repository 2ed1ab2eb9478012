import { Cancelled } from '../../errors';
import { growthRate, type FilterInterval } from './chebyshev';
import type { Panel, Workspace } from './workspace';

/** Single precision bounds how far one pass may pull the block's vectors apart: ln 1e5, less while they are rough. */
const widestSpread = 11.5;
const firstSpread = 5.5;
/** A pass aims this far below the tolerance: near neighbours slow the last columns more than their rate tells. */
const safety = 10;

/** Growth (a logarithm) that brings a residual below the tolerance. */
export function neededGrowth(residual: number, tolerance: number): number {
  return Math.log(Math.max(8, (safety * residual) / tolerance));
}

/** How far apart (a logarithm) one pass may pull vectors with residuals of `rough`. */
export function spreadOf(rough: number): number {
  return Math.min(widestSpread, firstSpread - Math.log(Math.min(1, rough)));
}

/** Filters panels in place, each with its own even degree; `most` and `least` are the eigenvalues that they stand for. */
export async function filterPanels(
  workspace: Workspace,
  panels: readonly Panel[],
  degrees: readonly number[],
  interval: FilterInterval,
  { most, least }: { readonly most: number; readonly least: number },
  signal: AbortSignal | undefined,
): Promise<void> {
  const top = Math.max(most, interval.cut + 1e-6);
  // What is deflated grows fastest, from rounding noise: it is taken out again before it drowns the rest.
  const ahead = growthRate(1, interval) - growthRate(least, interval);
  const period = Math.max(2, Math.floor(widestSpread / Math.max(1e-3, ahead)));
  const stop = () => workspace.stop();
  signal?.addEventListener('abort', stop);
  try {
    await workspace.filter(panels, degrees, { ...interval, top }, Math.min(period, 1 << 20));
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  if (signal?.aborted) throw new Cancelled();
}
