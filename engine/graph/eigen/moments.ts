import { Cancelled } from '../../errors';
import { lowest } from './chebyshev';
import { densityFromMoments, type SpectralDensity } from './density';
import type { Panel, Workspace } from './workspace';

const steps = 10;

/**
 * An estimate of the spectrum's density from the Chebyshev moments of 16 random vectors x, which `draw` fills a panel
 * with: Σ_i T_l(λ_i) ≈ (n / Σ ‖x‖²) Σ xᵀT_l(Ā)x.
 */
export async function estimateDensity(
  workspace: Workspace,
  draw: (panel: Panel) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<SpectralDensity> {
  const panels = [workspace.take(), workspace.take()] as [Panel, Panel];
  await draw(panels[0]);
  const zeroth = await workspace.dot(panels[0], panels[0]);
  const moments = [zeroth];
  let [older, newer] = panels;
  for (let j = 1; j <= steps; j++) {
    if (signal?.aborted) throw new Cancelled();
    // Two panels are enough: the new vector takes the older one's place.
    if (j === 1) await workspace.step(older, older, newer, 1, 0);
    else {
      await workspace.step(newer, older, older, 2, -1);
      [older, newer] = [newer, older];
    }
    moments[2 * j - 1] =
      j === 1 ? await workspace.dot(older, newer) : 2 * (await workspace.dot(older, newer)) - moments[1]!;
    moments[2 * j] = 2 * (await workspace.dot(newer, newer)) - zeroth;
  }
  panels.forEach((panel) => workspace.give(panel));
  return densityFromMoments(moments.slice(0, 2 * steps).map((moment) => (moment * workspace.n) / zeroth));
}

/**
 * The lower end of what a filter damps: a few eigenvalues may lie below all masses of the density, and those that a
 * filter leaves out below grow fastest. `margin` is how far below.
 */
export function lowerEnd({ values }: SpectralDensity): { low: number; margin: number } {
  const [most, least] = [values[0] ?? 0, values.at(-1) ?? 0];
  const margin = 0.1 * (most - least) + 1e-4;
  return { low: Math.max(lowest, least - margin), margin };
}
