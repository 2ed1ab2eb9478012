/**
 * Columns of the map's table, one row for each level of quality, shift and repetition:
 * quality (noise level or epoch), level and shift (their places in the map), seed (number of the repetition), size of the
 * shift (NaN for a domain); accuracyLP, accuracyFT, accuracyLPFT on the shift's samples, advantage = accuracyLPFT −
 * accuracyFT; what may explain it: probeID, the probe's accuracy without shift, and of the network before fine-tuning
 * shiftMove, the mean relative move of a sample's features by the shift (NaN for a domain: other samples), shiftDistance,
 * the proxy A-distance of its features from those without shift (0: alike, 2: apart), and meanDistance, that of the mean
 * features in units of the features' root mean square norm; moveFT and moveLPFT, the mean move of the samples' features
 * by fine-tuning in the same unit; rateFT and rateLPFT, the learning rates chosen.
 */
export const tableColumns = [
  'level',
  'quality',
  'shift',
  'size',
  'seed',
  'accuracyLP',
  'accuracyFT',
  'accuracyLPFT',
  'advantage',
  'probeID',
  'shiftMove',
  'shiftDistance',
  'meanDistance',
  'moveFT',
  'moveLPFT',
  'rateFT',
  'rateLPFT',
] as const;

export type TableRow = Record<(typeof tableColumns)[number], number>;

/** Mean and deviation (n − 1; null of one) of what the repetitions of one cell say. */
export interface Cell {
  readonly level: number;
  readonly shift: number;
  readonly mean: TableRow;
  readonly deviation: number | null;
  /** Repetitions in which LP-FT was better, and in which FT was. */
  readonly wins: number;
  readonly losses: number;
}

/** The cells of the map, level by level. */
export function cellsOf(rows: readonly TableRow[]): Cell[] {
  const groups = new Map<string, TableRow[]>();
  for (const row of rows) {
    const key = `${row.level}/${row.shift}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((own) => {
    const mean = Object.fromEntries(
      tableColumns.map((name) => [name, own.reduce((sum, row) => sum + row[name], 0) / own.length]),
    ) as TableRow;
    const squares = own.reduce((sum, { advantage }) => sum + (advantage - mean.advantage) ** 2, 0);
    return {
      ...{ level: mean.level, shift: mean.shift, mean },
      deviation: own.length > 1 ? Math.sqrt(squares / (own.length - 1)) : null,
      wins: own.filter(({ advantage }) => advantage > 0).length,
      losses: own.filter(({ advantage }) => advantage < 0).length,
    };
  });
}

/** The table as CSV with names of levels and shifts, for people and spreadsheets. */
export function tableCsv(rows: readonly TableRow[], levels: readonly string[], shifts: readonly string[]): string {
  const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const numbers = tableColumns.filter((name) => name !== 'level' && name !== 'shift');
  const lines = rows.map((row) =>
    [
      quoted(levels[row.level]!),
      quoted(shifts[row.shift]!),
      ...numbers.map((name) => (Number.isFinite(row[name]) ? String(row[name]) : '')),
    ].join(','),
  );
  return [['level', 'shift', ...numbers].join(','), ...lines, ''].join('\n');
}
