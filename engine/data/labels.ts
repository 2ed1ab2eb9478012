import { UserError } from '../errors';
import { listChoices, suggest } from '../study/suggest';
import type { NumericArray } from './array';
import type { DomainSource } from './source';

/** Class numbers beyond this are taken for something else than classes. */
const largestClass = 9999;

/** Labels of an array file as class numbers, −1 for none: shape (n) or (n, 1), whole numbers. Throws UserError. */
export function integerLabels({ shape, data }: NumericArray, file: string): Int32Array {
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    throw new UserError(
      'labels-shape',
      `The labels in ${file} have ${shape.length} axes; one class number for each sample is needed, shape (n).`,
      { file },
    );
  }
  const wrong = data.findIndex((label: number) => !Number.isInteger(label) || label < -1 || label > largestClass);
  if (wrong >= 0) {
    throw new UserError(
      'labels-range',
      `The label ${data[wrong]} in ${file} (row ${wrong}, counted from 0) is not a class number: 0 to ${largestClass}, or −1 for no label.`,
      { file },
    );
  }
  return Int32Array.from(data);
}

export interface UnifiedLabels {
  readonly classNames: readonly string[];
  /** For each domain, its labels as indices into `classNames`. */
  readonly labels: readonly Int32Array[];
  readonly warnings: readonly string[];
}

type LabelSource = Pick<DomainSource, 'labels' | 'classNames'>;

/**
 * Classes across domains: the same name is the same class, and number k has the name `given[k]`, else "k". Only classes
 * that occur are kept, in the order of `given`, else numbers ascending and then names by UTF-16 units.
 * Throws UserError for a class that `given` lacks, and where names and numbers of different domains cannot be matched.
 */
export function unifyLabels(
  domains: ReadonlyMap<string, LabelSource>,
  given: readonly string[] | undefined,
): UnifiedLabels {
  const named = [...domains].map(([domain, source]) => ({
    domain,
    source,
    present: presentNames(source, domain, given),
  }));
  const all = new Set(named.flatMap(({ present }) => [...present.values()]));
  if (!given) refuseMixture(named);
  const classNames = given ? given.filter((name) => all.has(name)) : [...all].sort(byNumberThenName);

  const warnings = (given ?? [])
    .filter((name) => !all.has(name))
    .map((name) => `No sample has the class "${name}" of data.classNames; it is left out.`);
  for (const { domain, present } of named) {
    const own = new Set(present.values());
    const missing = classNames.filter((name) => !own.has(name));
    if (own.size > 0 && missing.length > 0) {
      const [subject, verb] = missing.length === 1 ? ['class', 'has'] : ['classes', 'have'];
      const shown = missing.length > 10 ? [...missing.slice(0, 10), `and ${missing.length - 10} more`] : missing;
      warnings.push(`The ${subject} ${shown.join(', ')} ${verb} no sample in domain "${domain}".`);
    }
  }
  const indexOf = new Map(classNames.map((name, i) => [name, i]));
  const labels = named.map(({ source, present }) =>
    source.labels.map((label) => (label < 0 ? -1 : indexOf.get(present.get(label)!)!)),
  );
  return { classNames, labels, warnings };
}

/** The name of each label that occurs. */
function presentNames(
  { labels, classNames }: LabelSource,
  domain: string,
  given: readonly string[] | undefined,
): Map<number, string> {
  const names = new Map<number, string>();
  labels.forEach((label, row) => {
    if (label < 0 || names.has(label)) return;
    const name = classNames ? classNames[label]! : given ? given[label] : String(label);
    if (name === undefined) {
      throw new UserError(
        'labels-range',
        `Domain "${domain}" has the label ${label} (row ${row}, counted from 0), but data.classNames has only ${given!.length} names (0 to ${given!.length - 1}).`,
      );
    }
    if (given && !given.includes(name)) {
      const meant = suggest(name, given);
      const rest = meant === undefined ? '; add it.' : `; did you mean "${meant}"?`;
      throw new UserError(
        'labels-name',
        `Domain "${domain}" has the class "${name}", which data.classNames lacks${rest}`,
      );
    }
    names.set(label, name);
  });
  return names;
}

/** Numbers in one domain and words in another would silently become twice as many classes. */
function refuseMixture(
  domains: readonly { domain: string; source: LabelSource; present: ReadonlyMap<number, string> }[],
): void {
  const numbered = domains.find(({ source, present }) => !source.classNames && present.size > 0);
  const words = domains.find(({ present }) => [...present.values()].some((name) => !/^\d+$/.test(name)));
  if (numbered && words) {
    const example = listChoices([...words.present.values()].slice(0, 3), 'and');
    throw new UserError(
      'labels-mixed',
      `Domain "${numbered.domain}" numbers its classes, domain "${words.domain}" names them (${example}); list the names in the order of the numbers as data.classNames.`,
    );
  }
}

function byNumberThenName(a: string, b: string): number {
  const isNumber = (text: string): boolean => /^\d+$/.test(text);
  if (isNumber(a) && isNumber(b) && Number(a) !== Number(b)) return Number(a) - Number(b);
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
