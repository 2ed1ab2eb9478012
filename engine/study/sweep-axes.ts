import { parseFieldPath } from './field-path';
import type { Study } from './schema';
import type { Finding } from './sentences';
import type { DocumentPath } from './source-text';

/** One field of the study set to one value. */
export interface Setting {
  /** The path as the study writes it. */
  readonly field: string;
  readonly path: DocumentPath;
  readonly value: unknown;
  /** Where the value stands in the study. */
  readonly where: DocumentPath;
}

/** Alternatives of which each row has one: the values of a field, or the entries of the list. */
export interface SweepAxis {
  /** The field, or "list". */
  readonly name: string;
  readonly choices: readonly (readonly Setting[])[];
}

/** More rows than this are taken for a mistake. */
export const mostRows = 1_000_000;

/** The axes of a study's sweep, the list first, and what is wrong with how they are written. */
export function sweepAxes(sweep: NonNullable<Study['sweep']>): { axes: SweepAxis[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const axes: SweepAxis[] = [];
  /** The steps of a field's path; where it is wrong that is told at its key. */
  const pathOf = (field: string, key: DocumentPath): DocumentPath | undefined => {
    const path = parseFieldPath(field);
    const problem =
      path === undefined
        ? `"${field}" is not the path of a field; write it like "pretrain.epochs" or "data.source".`
        : path[0] === 'sweep' || path[0] === '$schema'
          ? `A sweep cannot change "${field}"; name a field of the rest of the study.`
          : undefined;
    if (problem === undefined) return path;
    findings.push({ path: key, part: 'key', message: problem });
    return undefined;
  };

  if (sweep.list) {
    const choices = sweep.list.map((entry, i) =>
      Object.entries(entry).flatMap(([field, value]): Setting[] => {
        const where = ['sweep', 'list', i, field];
        const path = pathOf(field, where);
        return path ? [{ field, path, value, where }] : [];
      }),
    );
    axes.push({ name: 'list', choices });
    choices.forEach((settings, i) => findings.push(...overlaps(settings, ['sweep', 'list', i])));
  }
  for (const [field, values] of Object.entries(sweep.grid ?? {})) {
    const key = ['sweep', 'grid', field];
    const path = pathOf(field, key);
    if (path)
      axes.push({ name: field, choices: values.map((value, i) => [{ field, path, value, where: [...key, i] }]) });
    const seen = new Set<string>();
    values.forEach((value, i) => {
      const text = JSON.stringify(value);
      if (seen.has(text))
        findings.push({ path: [...key, i], part: 'value', message: `${field} has ${text} twice; remove one.` });
      seen.add(text);
    });
  }
  if (axes.length === 0 && findings.length === 0) {
    const message = 'The sweep has no rows; give it "grid" or "list".';
    findings.push({ path: ['sweep'], part: 'key', message });
  }
  findings.push(...crossOverlaps(axes));
  const rows = axes.reduce((product, { choices }) => product * choices.length, 1);
  if (rows > mostRows) {
    const message = `The sweep has ${rows.toLocaleString('en-US')} rows; at most ${mostRows.toLocaleString('en-US')} are planned.`;
    findings.push({ path: ['sweep'], part: 'key', message });
  }
  return { axes, findings };
}

function isPrefix(a: DocumentPath, b: DocumentPath): boolean {
  return a.length <= b.length && a.every((step, i) => String(step) === String(b[i]));
}

function collide(a: Setting, b: Setting): boolean {
  return isPrefix(a.path, b.path) || isPrefix(b.path, a.path);
}

function sentence(a: Setting, b: Setting): string {
  return a.field === b.field
    ? `"${a.field}" is set twice in one row; keep one.`
    : `"${a.field}" and "${b.field}" set the same field in one row; keep one.`;
}

/** Settings of one list entry that are about the same field. */
function overlaps(settings: readonly Setting[], place: DocumentPath): Finding[] {
  return settings.flatMap((a, i) => {
    const b = settings.slice(0, i).find((other) => collide(a, other));
    return b ? [{ path: [...place, a.field], part: 'key' as const, message: sentence(b, a) }] : [];
  });
}

/** Settings of two axes that are about the same field; each pair of fields is told once. */
function crossOverlaps(axes: readonly SweepAxis[]): Finding[] {
  const fields = axes.map(({ choices }) => [...new Map(choices.flat().map((one) => [one.field, one])).values()]);
  return fields.flatMap((own, i) =>
    own.flatMap((a) => {
      const b = fields
        .slice(0, i)
        .flat()
        .find((other) => collide(a, other));
      return b ? [{ path: a.where, part: 'value' as const, message: sentence(b, a) }] : [];
    }),
  );
}
