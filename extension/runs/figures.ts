import type { Figure, StageName } from '../../engine/run/format';
import { formatFigure } from '../../engine/terminal/numbers';

/** The figure that answers a stage's question, most telling first. */
const keyFigures: readonly { id: string; method?: string; shift?: Figure['shift']; short: string }[] = [
  { id: 'transfer.accuracy', method: 'spectral', shift: 'OOD', short: 'OOD' },
  { id: 'finetune.accuracy', method: 'LP-FT', shift: 'OOD', short: 'LP-FT OOD' },
  { id: 'probe.accuracy', method: 'spectral', shift: 'ID', short: 'probe' },
  { id: 'probe.accuracy', short: 'probe' },
  { id: 'spectrum.accuracy', short: 'clusters' },
  { id: 'spectrum.nmi', short: 'NMI' },
  { id: 'pretrain.loss', short: 'loss' },
];

/** Ids of figures that answer a question, most telling first; what is not among them stands behind. */
const telling = [
  'transfer.accuracy',
  'finetune.accuracy',
  'probe.accuracy',
  'spectrum.accuracy',
  'spectrum.nmi',
  'pretrain.loss',
  'data.samples',
];

/** The figures that say most about a run, for a small table. */
export function tellingFigures(figures: readonly Figure[], most: number): Figure[] {
  const rank = ({ id }: Figure): number => (telling.includes(id) ? telling.indexOf(id) : telling.length);
  return [...figures].sort((a, b) => rank(a) - rank(b)).slice(0, most);
}

/** Identity of a figure across runs. */
export function figureKey({ id, method, domain, shift, source }: Figure): string {
  return [id, method ?? '', shift ?? '', domain ?? '', ...(source === undefined ? [] : [source])].join('|');
}

/** A value without its error bars, for narrow places. */
export function shortValue({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  return formatFigure({ value, unit });
}

/** The two figures that say most about a run: `OOD 74.5 % · probe 90.8 %`. */
export function headline(figures: readonly Figure[], most = 2): string {
  const parts: string[] = [];
  const used = new Set<string>();
  for (const { id, method, shift, short } of keyFigures) {
    if (parts.length === most || used.has(id)) continue;
    const found = figures.find(
      (figure) =>
        figure.id === id &&
        (method === undefined || figure.method === method) &&
        (shift === undefined || figure.shift === shift),
    );
    if (!found) continue;
    used.add(id);
    parts.push(`${short} ${shortValue(found)}`);
  }
  const [last] = figures.slice(-1);
  return parts.length > 0 || !last ? parts.join(' · ') : stageLine(figures, last.stage);
}

/** The figure that runs are sorted by when the best shall come first; higher is better. */
export function score(figures: readonly Figure[]): number | undefined {
  for (const { id, method, shift } of keyFigures) {
    const found = figures.find(
      (figure) =>
        figure.id === id &&
        (method === undefined || figure.method === method) &&
        (shift === undefined || figure.shift === shift),
    );
    if (found) return found.better === 'lower' ? -found.value : found.value;
  }
  return undefined;
}

/** A figure's name among those of other stages: `transfer: accuracy`. */
export function figureName({ stage, label }: Figure): string {
  return `${stage}: ${/^[A-Z][a-z]/.test(label) ? label[0]!.toLowerCase() + label.slice(1) : label}`;
}

/** What a figure is about, apart from its label: `spectral, OOD (photo)`. */
export function circumstance({ method, domain, shift, source }: Figure): string {
  const from = source === undefined ? undefined : `from ${source}`;
  const where = shift === undefined ? domain : domain === undefined ? shift : `${shift} (${domain})`;
  return [method, from, where].filter((part) => part !== undefined).join(', ');
}

/** The figures of a stage on one line: `spectral ID 90.8 %, OOD 74.5 % · source-only ID 91.8 %, OOD 36.7 %`. */
export function stageLine(figures: readonly Figure[], stage: StageName): string {
  const own = figures.filter((figure) => figure.stage === stage);
  // Those of other pairs of domains stand in the report.
  const accuracies = own.filter(({ id, source }) => id === `${stage}.accuracy` && source === undefined);
  if (accuracies.length === 0) {
    return own
      .slice(0, 3)
      .map((figure) => `${[lower(figure.label), circumstance(figure)].filter(Boolean).join(' ')} ${shortValue(figure)}`)
      .join(' · ');
  }
  const methods = [...new Set(accuracies.map(({ method }) => method ?? ''))];
  return methods
    .map((method) => {
      const values = accuracies
        .filter((figure) => (figure.method ?? '') === method)
        .map((figure) => [figure.shift ?? figure.domain, shortValue(figure)].filter(Boolean).join(' '));
      // Without a method the line would begin with a bare number.
      return [method || (methods.length === 1 ? lower(accuracies[0]!.label) : ''), values.join(', ')]
        .filter(Boolean)
        .join(' ');
    })
    .join(' · ');
}

function lower(label: string): string {
  const [first = ''] = label.split(',');
  return /^[A-Z][a-z]/.test(first) ? first[0]!.toLowerCase() + first.slice(1) : first;
}
