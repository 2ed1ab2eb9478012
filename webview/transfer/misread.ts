import { h, labelledSelect } from '../charts/dom';
import { methodName, orderMethods } from '../charts/method-bars';
import { formatCount } from '../charts/numbers';
import { shortened } from '../charts/text';
import { className, domainName, type Samples } from '../data/run-data';
import { later } from '../shell/states';
import { plainPanel, textIn, type ViewContext } from '../shell/view';
import { ownMethod } from './own-method';

/** Characters of a class's name that are shown; the whole name is its title. */
const longest = 60;
/** Pictures shown at once. */
const mostShown = 48;

/** Test samples whose class a method got wrong, grouped by the confusion that is most frequent. */
export function misreadPanel(context: ViewContext): HTMLElement | undefined {
  const { data } = context;
  const files = data.arrays.filter((name) => /^transfer\/predictions-[^@]*$/.test(name));
  if (files.length === 0) return undefined;
  return later('Reading predictions', async () => {
    const samples = await data.samples();
    if (!samples) return [];
    return [await misread(samples, files, context)];
  });
}

async function misread(
  samples: Samples,
  files: readonly string[],
  { view, data, choices }: ViewContext,
): Promise<HTMLElement> {
  const methods = orderMethods(files.map((name) => name.replace('transfer/predictions-', '')));
  const domains = [...new Set(samples.domains)].sort((a, b) => a - b);
  const target = samples.domainNames.indexOf(textIn(view.study, 'data', 'target') ?? '');
  const chosen = {
    method: choices.among('misread.method', methods, ownMethod(view, methods)),
    domain: choices.among('misread.domain', domains, domains.includes(target) ? target : domains.at(-1)),
  };
  const content = h('div', { 'aria-live': 'polite' });
  const fill = async (): Promise<void> => {
    const predictions = (await data.array(`transfer/predictions-${chosen.method}`))?.data ?? new Int32Array(0);
    const wrong = wrongPairs(samples, predictions, chosen.domain);
    const total = wrong.reduce((sum, { entries }) => sum + entries.length, 0);
    const judged = judgedCount(samples, predictions, chosen.domain);
    let left = mostShown;
    const groups = wrong.flatMap(({ truth, read, entries }) => {
      const shown = entries.slice(0, Math.min(left, 12));
      left -= shown.length;
      if (shown.length === 0) return [];
      return [
        h(
          'section',
          { class: 'misread' },
          h(
            'h4',
            {},
            ...[truth, read].map((label, i) => {
              const name = className(samples, label);
              // Set apart, so that a script written from right to left does not draw the rest into it.
              return h('span', {}, i === 0 ? '' : ' → ', h('bdi', { title: name }, shortened(name, longest)));
            }),
            h(
              'span',
              { class: 'note' },
              ` ${shown.length < entries.length ? `${shown.length} of ${entries.length}` : entries.length}`,
            ),
          ),
          h(
            'ul',
            { class: 'strip' },
            ...shown.map((entry) => {
              const row = samples.rows[entry]!;
              const name = samples.names[entry] || `sample ${row}`;
              return h(
                'li',
                { title: name },
                data.picture(samples, row, 48) ?? h('span', { class: 'sample-name' }, name),
              );
            }),
          ),
        ),
      ];
    });
    content.replaceChildren(
      h(
        'p',
        {},
        `${formatCount(total)} of ${judgedText(samples, judged, chosen.domain)} are misread by ${methodName(chosen.method)}.`,
      ),
      h('div', { class: 'misread-groups' }, ...groups),
    );
  };
  await fill();
  const select = <K extends 'method' | 'domain'>(
    label: string,
    key: K,
    values: { value: string; text: string }[],
    parse: (text: string) => (typeof chosen)[K],
  ): HTMLElement =>
    labelledSelect(label, values, String(chosen[key]), (value) => {
      chosen[key] = parse(value);
      choices.set(`misread.${key}`, chosen[key]);
      void fill();
    });
  return plainPanel(
    'Misread samples',
    'Most frequent confusions first.',
    [
      h(
        'div',
        { class: 'controls' },
        select(
          'Method',
          'method',
          methods.map((value) => ({ value, text: methodName(value) })),
          (text) => text,
        ),
        select(
          'Domain',
          'domain',
          domains.map((value) => ({ value: String(value), text: domainName(samples, value) })),
          Number,
        ),
      ),
      content,
    ],
    { wide: true },
  );
}

/** A page that carries some of the samples says so: its share of misread ones is not the method's error. */
function judgedText(samples: Samples, judged: number, domain: number): string {
  const name = shortened(domainName(samples, domain), longest);
  const count = `${formatCount(judged)} test samples of ${name}`;
  return samples.rows.length < samples.total ? `the ${count} that this page carries` : count;
}

function isJudged(
  { labels, splits, domains }: Samples,
  predictions: ArrayLike<number>,
  entry: number,
  domain: number,
): boolean {
  return splits[entry] === 2 && domains[entry] === domain && labels[entry]! >= 0 && (predictions[entry] ?? -1) >= 0;
}

function judgedCount(samples: Samples, predictions: ArrayLike<number>, domain: number): number {
  let count = 0;
  for (const entry of samples.drawn) if (isJudged(samples, predictions, entry, domain)) count++;
  return count;
}

/** Misread test samples by true and predicted class, the most frequent pair first. */
export function wrongPairs(
  samples: Samples,
  predictions: ArrayLike<number>,
  domain: number,
): { truth: number; read: number; entries: number[] }[] {
  const pairs = new Map<string, { truth: number; read: number; entries: number[] }>();
  for (const entry of samples.drawn) {
    const [truth, read] = [samples.labels[entry]!, predictions[entry] ?? -1];
    if (truth === read || !isJudged(samples, predictions, entry, domain)) continue;
    const key = `${truth} ${read}`;
    const pair = pairs.get(key);
    if (pair) pair.entries.push(entry);
    else pairs.set(key, { truth, read, entries: [entry] });
  }
  return [...pairs.values()].sort(
    (a, b) => b.entries.length - a.entries.length || a.truth - b.truth || a.read - b.read,
  );
}
