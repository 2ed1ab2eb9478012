import { meanDifferences, meanFigures } from '../../engine/sweep/tables/means';
import type { PanelRun, SeedGroup } from '../../webview/contract';

/**
 * Runs that were asked for the same but for the seed, in the order in which the first of each comes; none where no two
 * are alike. Differences to the baseline's group are paired by seed, where two seeds or more are in both.
 */
export function seedGroups(runs: readonly PanelRun[], baseline: string | undefined): SeedGroup[] {
  const groups = new Map<string, PanelRun[]>();
  for (const run of runs) {
    const key = studyWithoutSeed(run.view.study) ?? run.key;
    const known = groups.get(key);
    if (!known) groups.set(key, [run]);
    // The same seed once more (on another device, say) is no further draw.
    else if (!known.some(({ view }) => view.run.seed === run.view.run.seed)) known.push(run);
  }
  const members = [...groups.values()];
  if (members.every(({ length }) => length < 2)) return [];
  const base = members.find((group) => group.some(({ key }) => key === baseline));
  return members.map((group) => ({
    runs: group.map(({ key }) => key),
    figures: meanFigures(group.map(({ view }) => view.figures.map(({ interval: _, ...figure }) => figure))),
    ...(base && base !== group && { differences: differences(group, base) }),
  }));
}

function differences(group: readonly PanelRun[], base: readonly PanelRun[]): SeedGroup['differences'] {
  const pairs = group.flatMap((run) => {
    const other = base.find(({ view }) => view.run.seed === run.view.run.seed);
    return other ? [[run.view.figures, other.view.figures] as const] : [];
  });
  return pairs.length < 2 ? undefined : meanDifferences(pairs);
}

/** Undefined for a run whose study is not known: it is like no other. */
function studyWithoutSeed(study: unknown): string | undefined {
  if (typeof study !== 'object' || study === null) return undefined;
  const { seed: _, sweep: __, ...rest } = study as Record<string, unknown>;
  return JSON.stringify(rest);
}
