import { UserError } from '../../errors';
import type { Figure } from '../../run/format';
import type { BestBlock } from '../../study/sweep-schema';
import { cellText, fieldsOf, type ResultRow } from './collect';
import { meanDifferences, meanFigures, type MeanFigure } from './means';

/** Rows that differ in their seed alone. */
export interface SummaryGroup {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Numbers of its rows. */
  readonly rows: readonly number[];
  readonly figures: readonly MeanFigure[];
  /** How much more accurate LP-FT is than FT, where both were measured. */
  readonly advantages: readonly MeanFigure[];
}

export interface Summary {
  /** Fields that tell groups apart. */
  readonly fields: readonly string[];
  readonly groups: readonly SummaryGroup[];
}

const seedField = 'seed';

/** Means over seeds, with Student's 95 % interval, of every figure of every setting. */
export function summarize(rows: readonly ResultRow[]): Summary {
  const fields = fieldsOf(rows).filter((field) => field !== seedField);
  const groups = new Map<string, ResultRow[]>();
  for (const row of rows) {
    const key = fields.map((field) => cellText(row.settings[field])).join('\0');
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return {
    fields,
    groups: [...groups.values()].map((members) => {
      const { [seedField]: _, ...settings } = members[0]!.settings;
      return {
        settings,
        rows: members.map(({ row }) => row),
        figures: meanFigures(members.map(({ figures }) => figures)),
        advantages: advantages(members),
      };
    }),
  };
}

/** Accuracy of LP-FT less that of FT on the same samples, row by row. */
function advantages(members: readonly ResultRow[]): MeanFigure[] {
  const of = (figures: readonly Figure[], wanted: string): Figure[] =>
    figures.filter(({ id, method }) => id === 'finetune.accuracy' && method === wanted);
  return meanDifferences(
    members.map(({ figures }) => [
      of(figures, 'LP-FT'),
      of(figures, 'FT').map((figure) => ({ ...figure, method: 'LP-FT' })),
    ]),
  );
}

/** Which figure is meant; what is left out fits every figure. */
export type FigureChoice = Pick<BestBlock, 'figure' | 'method' | 'domain' | 'shift'>;

export function isChosen(
  { id, method, domain, shift }: Pick<Figure, 'id' | 'method' | 'domain' | 'shift'>,
  choice: FigureChoice,
): boolean {
  return (
    id === choice.figure &&
    (choice.method === undefined || method === choice.method) &&
    (choice.domain === undefined || domain === choice.domain) &&
    (choice.shift === undefined || shift === choice.shift)
  );
}

/** `transfer.accuracy, spectral, OOD`. */
export function choiceText({ figure, method, domain, shift }: FigureChoice): string {
  return [figure, method, domain, shift].filter((part) => part !== undefined).join(', ');
}

export interface Best {
  readonly choice: FigureChoice;
  readonly better: 'higher' | 'lower';
  /** All groups that have the figure, the best first. */
  readonly ranking: readonly { readonly group: SummaryGroup; readonly figure: MeanFigure }[];
}

/**
 * Ranks the settings by the mean of one figure. Throws UserError where the choice fits several figures of a row, or
 * none at all, or where nothing says which direction is better.
 */
export function rankBy({ groups }: Summary, choice: BestBlock): Best {
  const found = groups.flatMap((group) => {
    const figures = group.figures.filter((figure) => isChosen(figure, choice));
    if (figures.length > 1) {
      const kinds = figures.map(({ id, method, domain, shift }) => choiceText({ figure: id, method, domain, shift }));
      throw new UserError(
        'best-ambiguous',
        `The criterion ${choiceText(choice)} fits ${figures.length} figures (${kinds.join('; ')}); add its method, domain or shift.`,
      );
    }
    return figures[0] ? [{ group, figure: figures[0] }] : [];
  });
  if (found.length === 0) {
    const known = [...new Set(groups.flatMap(({ figures }) => figures.map(({ id }) => id)))];
    throw new UserError(
      'best-absent',
      `No finished row has the figure ${choiceText(choice)}; the figures are ${known.join(', ') || 'none yet'}.`,
    );
  }
  const better = choice.better ?? found[0]!.figure.better;
  if (!better) {
    throw new UserError(
      'best-direction',
      `Say whether ${choiceText(choice)} is better "higher" or "lower" ("better").`,
    );
  }
  const sign = better === 'higher' ? -1 : 1;
  return { choice, better, ranking: [...found].sort((a, b) => sign * (a.figure.mean - b.figure.mean)) };
}
