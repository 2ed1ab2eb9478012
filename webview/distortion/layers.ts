import type { RunView } from '../../engine/report/payload';
import { labelledSelect } from '../charts/dom';
import { methodColour, orderMethods } from '../charts/method-bars';
import { formatNumber } from '../charts/numbers';
import { chartPanel, type ChartPanel } from '../charts/panel';
import type { Choices } from '../shell/choices';
import { listIn, numberIn, part } from '../shell/view';

const measures = [
  { value: 'relativeMove', text: 'move ÷ size of the features' },
  { value: 'move', text: 'Euclidean move' },
  { value: 'cosine', text: 'cosine between before and after' },
  { value: 'cka', text: 'linear CKA with before' },
] as const;
const shifts = ['ID', 'OOD'] as const;

/** How far each layer's activations moved, by method, in and out of distribution. */
export function layersPanel({ details }: RunView, choices: Choices): HTMLElement | undefined {
  const distortion = (details.finetune ?? {})['distortion'];
  const layers = listIn(distortion, 'layers').map(String);
  const all = Object.keys((part(distortion, 'methods') as Record<string, unknown> | undefined) ?? {});
  // The probe moves nothing.
  const methods = orderMethods(all.filter((method) => method !== 'LP'));
  if (layers.length === 0 || methods.length === 0) return undefined;
  let measure = choices.among(
    'layers.measure',
    measures.map(({ value }) => value),
  );
  const value = (method: string, layer: string, shift: string): number | undefined =>
    numberIn(distortion, 'methods', method, 'layers', layer, shift, measure);
  const series = methods.flatMap((method) => shifts.map((shift) => ({ method, shift, name: `${method}, ${shift}` })));
  const panel: { current?: ChartPanel } = {};
  panel.current = chartPanel({
    title: 'Distortion by layer',
    note: 'From the input to the features. Solid: in distribution. Dashed: out of distribution.',
    description: `Distortion in ${layers.length} layers by method, in and out of distribution.`,
    height: 300,
    controls: [
      labelledSelect('Measure', measures, measure, (next) => {
        measure = next as typeof measure;
        choices.set('layers.measure', next);
        panel.current?.redraw();
      }),
    ],
    legend: () =>
      series.map(({ method, shift, name }) => ({
        text: name,
        colour: methodColour(all, method),
        shape: shift === 'ID' ? 'line' : 'dashed',
      })),
    table: () => ({
      caption: `Distortion by layer, ${measures.find((one) => one.value === measure)!.text}`,
      columns: [{ text: 'layer' }, ...series.map(({ name }) => ({ text: name, numeric: true }))],
      rows: layers.map((layer) => [
        layer,
        ...series.map(({ method, shift }) => {
          const one = value(method, layer, shift);
          return one === undefined ? '–' : ([formatNumber(one, 3), one] as const);
        }),
      ]),
    }),
    draw: (theme) => ({
      type: 'line',
      data: {
        labels: layers,
        datasets: series.map(({ method, shift, name }) => ({
          label: name,
          data: layers.map((layer) => value(method, layer, shift) ?? null),
          borderColor: methodColour(all, method),
          backgroundColor: methodColour(all, method),
          borderDash: shift === 'ID' ? [] : [5, 4],
          pointStyle: shift === 'ID' ? 'circle' : 'triangle',
          radius: 4,
          borderWidth: 2,
        })),
      },
      options: {
        interaction: { mode: 'index', intersect: false },
        scales: {
          x: { grid: { display: false }, border: { color: theme.grid }, title: { display: true, text: 'layer' } },
          y: {
            title: { display: true, text: measures.find((one) => one.value === measure)!.text },
            border: { display: false },
            beginAtZero: measure !== 'cosine' && measure !== 'cka',
          },
        },
      },
    }),
  });
  return panel.current.element;
}
