import type { RunView } from '../../engine/report/payload';
import { h } from '../charts/dom';
import { lineChart } from '../charts/line';
import { formatNumber, formatValue } from '../charts/numbers';
import { chartPanel } from '../charts/panel';
import { colourOf } from '../charts/theme';
import { listIn, numberIn, plainPanel, textIn } from '../shell/view';

/** Will a linear head solve the task? What the theory guarantees, and what was measured. */
export function linearHeadCard({ details }: RunView): HTMLElement | undefined {
  const spectrum = details.spectrum;
  const of = (name: string): number | undefined => numberIn(spectrum, 'probeBound', name);
  const [phi, gap, bound, error, k] = ['disagreement', 'gap', 'bound', 'error', 'k'].map(of);
  if (phi === undefined || gap === undefined || k === undefined) return undefined;
  const item = (label: string, value: string, note: string): HTMLElement =>
    h('li', {}, h('span', { class: 'label' }, label), h('strong', {}, value), h('span', { class: 'note' }, note));
  return plainPanel(
    'Will a linear head solve it?',
    textIn(spectrum, 'probeBound', 'answer'),
    [
      h(
        'ul',
        { class: 'cards' },
        item('Φ, disagreement', formatValue(phi, 'fraction'), 'of positive pairs have different labels'),
        item('Gap 1 − λₖ₊₁', formatNumber(gap, 3), `after k = ${k} eigenvectors, where the bound is tightest`),
        item(
          'Bound 2Φ/(1 − λₖ₊₁)',
          bound === undefined ? '∞' : formatValue(bound, 'fraction'),
          bound === undefined || bound >= 1 ? 'on the error: says nothing' : 'on the error of a linear head',
        ),
        error === undefined
          ? item('Measured', '–', 'not measured')
          : item('Measured error', formatValue(error, 'fraction'), `of the least-squares head on ${k} eigenvectors`),
      ),
      h('p', { class: 'note' }, textIn(spectrum, 'probeBound', 'meaning') ?? ''),
    ],
    { wide: true },
  );
}

/** The bound and the residual for each number of eigenvectors. */
export function boundPanel({ details }: RunView): HTMLElement | undefined {
  const each = listIn(details.spectrum, 'probeBound', 'each').map((_, i) => {
    const of = (name: string): number => numberIn(details.spectrum, 'probeBound', 'each', String(i), name) ?? NaN;
    return { k: of('k'), bound: of('bound'), residual: of('residual'), gap: of('gap') };
  });
  if (each.length < 2) return undefined;
  const best = numberIn(details.spectrum, 'probeBound', 'k');
  const points = (name: 'bound' | 'residual'): [number, number][] =>
    each.flatMap((one) => (Number.isFinite(one[name]) ? [[one.k, one[name]]] : []));
  return chartPanel({
    title: 'The bound by number of eigenvectors',
    note: 'The residual is what the k leading eigenvectors do not hold of the labels; a linear head errs on at most twice as much, and that is at most the bound.',
    description: `Bound and residual for 1 to ${each.length} eigenvectors; the bound is tightest at ${best ?? 'none'}.`,
    zoom: 'xy',
    legend: () => [
      { text: 'bound 2Φ/(1 − λₖ₊₁)', colour: colourOf(1), shape: 'line' },
      { text: 'twice the residual', colour: colourOf(0), shape: 'line' },
    ],
    table: () => ({
      caption: 'Probe bound by number of eigenvectors',
      columns: ['k', 'gap', 'residual', 'bound'].map((text) => ({ text, numeric: true })),
      rows: each.map(({ k, gap, residual, bound }) =>
        [k, gap, residual, bound].map((value) => [formatNumber(value), value] as const),
      ),
    }),
    draw: (theme) =>
      lineChart(
        [
          { name: 'bound', colour: colourOf(1), points: points('bound') },
          {
            name: 'twice the residual',
            colour: colourOf(0),
            points: points('residual').map(([k, value]) => [k, 2 * value]),
          },
        ],
        { x: 'eigenvectors k', y: 'share' },
        theme,
      ),
  }).element;
}

/** How near the learned subspace is to the exact one. */
export function subspacePanel({ details }: RunView): HTMLElement | undefined {
  const angles = listIn(details.spectrum, 'subspace', 'angles').map(
    (_, i) => numberIn(details.spectrum, 'subspace', 'angles', String(i)) ?? NaN,
  );
  if (angles.length === 0) return undefined;
  const explained = numberIn(details.spectrum, 'subspace', 'explained');
  const degrees = angles.map((angle) => (180 * angle) / Math.PI);
  return chartPanel({
    title: 'Learned against exact eigenvectors',
    note: [
      `Principal angles between the ${textIn(details.spectrum, 'subspace', 'learnedFrom') ?? 'representation'} and the exact leading eigenvectors: 0° is agreement, 90° none.`,
      explained === undefined
        ? ''
        : `The representation holds ${formatValue(explained, 'fraction')} of the exact spectrum.`,
    ].join(' '),
    description: `${angles.length} principal angles, the largest ${formatNumber(degrees.at(-1)!, 3)} degrees.`,
    table: () => ({
      caption: 'Principal angles',
      columns: [
        { text: 'i', numeric: true },
        { text: 'angle (degrees)', numeric: true },
      ],
      rows: degrees.map(
        (value, i) =>
          [
            [String(i + 1), i + 1],
            [formatNumber(value, 3), value],
          ] as const,
      ),
    }),
    draw: (theme) => ({
      type: 'bar',
      data: {
        labels: degrees.map((_, i) => i + 1),
        datasets: [{ label: 'angle', data: degrees, backgroundColor: colourOf(0), borderRadius: 2 }],
      },
      options: {
        scales: {
          x: {
            title: { display: true, text: 'principal angle' },
            grid: { display: false },
            border: { color: theme.grid },
          },
          y: {
            min: 0,
            max: 90,
            title: { display: true, text: 'degrees' },
            border: { display: false },
            ticks: { stepSize: 30 },
          },
        },
      },
    }),
  }).element;
}
