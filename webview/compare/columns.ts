import type { MeanFigure, ReportFigure } from '../../engine/report/payload';
import type { PanelRun, SeedGroup } from '../contract';
import { meanAsFigure } from '../shell/seeds';
import { differenceOf, identityOf, type Difference } from './figures';
import { studyDifferences } from './study-diff';

/** What is held side by side: a run, or runs that differ in their seed alone. */
export interface Column {
  name: string;
  /** What heads it where there is little room: among many, its number in the list. */
  short: string;
  runs: readonly PanelRun[];
  figures: readonly ReportFigure[];
  study: unknown;
  /** Whether the others are held against it. */
  isBase: boolean;
  /** A figure of this column less the baseline's; undefined where there is no baseline. */
  differenceTo?: (figure: ReportFigure | undefined, base: ReportFigure | undefined) => Difference | undefined;
}

/** More columns than this are headed by their numbers. */
const mostNamed = 6;

function shortOf(name: string, i: number, columns: number): string {
  return columns > mostNamed ? String(i + 1) : name;
}

/** One column a run. */
export function runColumns(runs: readonly PanelRun[], baseline: string | undefined): Column[] {
  const names = runNames(runs);
  const hasBase = runs.some(({ key }) => key === baseline);
  return runs.map((run, i) => ({
    name: names[i]!,
    short: shortOf(names[i]!, i, runs.length),
    runs: [run],
    figures: run.view.figures,
    study: run.view.study,
    isBase: run.key === baseline,
    ...(hasBase && runs.length > 1 && run.key !== baseline && { differenceTo: differenceOf }),
  }));
}

/** One column for all seeds of a setting. */
export function groupColumns(
  runs: readonly PanelRun[],
  groups: readonly SeedGroup[],
  baseline: string | undefined,
): Column[] {
  const members = groups.map((group) => runs.filter(({ key }) => group.runs.includes(key)));
  const studies = members.map(([first]) => withoutSeed(first?.view.study));
  const names = groupNames(
    members.map(([first]) => first?.view.run.study.name ?? ''),
    studies,
  );
  const hasBase = members.some((group) => group.some(({ key }) => key === baseline));
  return groups.map((group, i) => {
    const isBase = members[i]!.some(({ key }) => key === baseline);
    return {
      ...{ name: names[i]!, short: shortOf(names[i]!, i, groups.length) },
      runs: members[i]!,
      figures: group.figures.map(meanAsFigure),
      study: studies[i],
      isBase,
      ...(hasBase && !isBase && { differenceTo: pairedDifference(group.differences) }),
    };
  });
}

/** By the seeds of both columns where they are known, else of the means alone. */
function pairedDifference(differences: readonly MeanFigure[] | undefined): Column['differenceTo'] {
  const known = new Map(differences?.map((figure) => [identityOf(figure), meanAsFigure(figure)]));
  return (figure, base) => {
    if (!figure || !base) return undefined;
    const { value, interval } = known.get(identityOf(figure)) ?? { value: figure.value - base.value };
    if (!Number.isFinite(value)) return undefined;
    const scale = Math.abs(figure.value) + Math.abs(base.value);
    const exact = (one: number): number => (Math.abs(one) < roundingError * scale ? 0 : one);
    return { value: exact(value), ...(interval && { interval: [exact(interval[0]), exact(interval[1])] as const }) };
  };
}

/** Means of equal figures differ by no more of their size. */
const roundingError = 1e-12;

/** A row of a sweep by its settings, others by time; by study where they differ; by the id where two would read alike. */
export function runNames(runs: readonly PanelRun[]): string[] {
  const isOneStudy = runs.every((other) => other.view.run.study.name === runs[0]!.view.run.study.name);
  const plain = ({ view: { run }, started }: PanelRun): string => {
    const own = run.sweep?.row !== undefined && run.sweep.label !== '' ? run.sweep.label : started;
    return isOneStudy ? own : `${run.study.name} ${own}`;
  };
  return runs.map((run) => {
    const name = plain(run);
    const isAlone = runs.every((other) => other === run || plain(other) !== name);
    return isAlone ? name : `${name} (${run.view.run.id.slice(-6)})`;
  });
}

/** So many settings are named; the table of differences has all. */
const mostSettings = 4;

/**
 * `epochs = 5, source = photo`: the settings in which groups of one study differ, each by the end of its path; before
 * them the study's name where there are several studies.
 */
function groupNames(studyNames: readonly string[], studies: readonly unknown[]): string[] {
  const isOneStudy = new Set(studyNames).size === 1;
  const names = studyNames.map((study, i) => {
    const alike = studies.filter((_, other) => studyNames[other] === study);
    const at = alike.indexOf(studies[i]);
    const differences = studyDifferences(alike).filter(({ path }) => path !== 'name');
    const settings = differences.map(
      ({ path, values }) => `${path.split('.').at(-1)} = ${(values[at] ?? '–').replace(/^"(.*)"$/, '$1')}`,
    );
    const more = settings.length > mostSettings ? [`${settings.length - mostSettings} more`] : [];
    const named = [...settings.slice(0, mostSettings), ...more].join(', ');
    return isOneStudy && named !== '' ? named : [study, named].filter(Boolean).join(' · ');
  });
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${i + 1})`));
}

function withoutSeed(study: unknown): unknown {
  if (typeof study !== 'object' || study === null) return study;
  const { seed: _, sweep: __, ...rest } = study as Record<string, unknown>;
  return rest;
}
