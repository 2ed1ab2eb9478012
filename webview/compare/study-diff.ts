/** One setting of the study in which runs differ. */
export interface StudyDifference {
  /** `pretrain.optimizer.learningRate` */
  path: string;
  /** The setting of each run as JSON; undefined where it is not there. */
  values: (string | undefined)[];
}

/** The settings in which resolved studies differ, in the order in which the first of them has them. */
export function studyDifferences(studies: readonly unknown[]): StudyDifference[] {
  const flat = studies.map((study) => new Map(settings(study)));
  const paths = [...new Set(flat.flatMap((one) => [...one.keys()]))];
  return paths
    .map((path) => ({ path, values: flat.map((one) => one.get(path)) }))
    .filter(({ values }) => values.some((value) => value !== values[0]));
}

/** Leaves of a study with their paths. Lists are leaves: they are read as a whole. */
function settings(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return entries.flatMap(([name, inner]) => settings(inner, path === '' ? name : `${path}.${name}`));
  }
  return path === '' ? [] : [[path, JSON.stringify(value)]];
}
