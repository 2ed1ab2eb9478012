import type { Dataset } from '../data/dataset';
import { UserError } from '../errors';
import { suggest } from '../study/suggest';

/** The row that a user means: a row number, a sample's name, or the end of exactly one name. */
export function findSample({ names }: Pick<Dataset, 'names'>, text: string): number {
  const exact = names.indexOf(text);
  if (exact >= 0) return exact;
  if (/^\d+$/.test(text)) {
    const row = Number(text);
    if (row < names.length) return row;
    throw new UserError('sample-row', `There is no sample ${row}; rows are numbered 0 to ${names.length - 1}.`);
  }
  const rows = [...names.keys()].filter((row) => names[row]!.endsWith(text));
  if (rows.length === 1) return rows[0]!;
  if (rows.length > 1)
    throw new UserError(
      'sample-name',
      `${rows.length} samples' names end with "${text}", among them ${names[rows[0]!]} and ${names[rows[1]!]}; give more of the name.`,
    );
  const meant = suggest(text, names.slice(0, 20_000));
  const rest = meant === undefined ? `names look like "${names[0]}"` : `did you mean "${meant}"`;
  throw new UserError('sample-name', `No sample is called "${text}"; ${rest}${meant === undefined ? '.' : '?'}`);
}
