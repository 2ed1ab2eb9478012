import type { ChartConfiguration } from 'chart.js';
import type { RunView } from '../../engine/report/payload';
import { labelledSelect } from '../charts/dom';
import { methodColour, methodName, orderMethods } from '../charts/method-bars';
import { formatNumber, formatValue } from '../charts/numbers';
import { chartPanel, type ChartPanel } from '../charts/panel';
import type { Choices } from '../shell/choices';
import { listIn, numberIn, textIn } from '../shell/view';

const ratios = [
  { value: 'alphaGamma', text: 'α/γ' },
  { value: 'betaGamma', text: 'β/γ' },
] as const;

/** Target accuracy on every pair of domains beside how the pair is connected. */
export function pairConnectivityPanel({ details }: RunView, choices: Choices): HTMLElement | undefined {
  const connectivity = (details.transfer ?? {})['connectivity'];
  const rows = listIn(connectivity, 'rows').flatMap((row) => {
    const [method, source, target] = ['method', 'source', 'target'].map((name) => textIn(row, name));
    const accuracy = numberIn(row, 'targetAccuracy');
    if (method === undefined || source === undefined || target === undefined || accuracy === undefined) return [];
    const of = { alphaGamma: numberIn(row, 'alphaGamma'), betaGamma: numberIn(row, 'betaGamma') };
    return [{ method, name: `${source} → ${target}`, accuracy, ...of }];
  });
  let ratio = choices.among(
    'pairs.ratio',
    ratios.map(({ value }) => value),
  );
  if (!rows.some((row) => row.alphaGamma !== undefined || row.betaGamma !== undefined)) return undefined;
  const methods = orderMethods(rows.map(({ method }) => method));
  const correlationOf = (method: string): string => {
    const found = listIn(connectivity, 'correlations').find(
      (one) => textIn(one, 'method') === method && textIn(one, 'ratio') === ratio,
    );
    const pearson = numberIn(found, 'pearson');
    return pearson === undefined ? '' : `, r = ${formatNumber(pearson, 2)}`;
  };
  const panel: { current?: ChartPanel } = {};
  panel.current = chartPanel({
    title: 'Connectivity and target accuracy',
    note: 'One point a pair of domains and method; r is the correlation over pairs.',
    description: `Target accuracy against connectivity for ${rows.length} pairs of domains and methods.`,
    height: 320,
    zoom: 'xy',
    controls: [
      labelledSelect('Ratio', ratios, ratio, (value) => {
        ratio = value as typeof ratio;
        choices.set('pairs.ratio', value);
        panel.current?.redraw();
      }),
    ],
    legend: () =>
      methods.map((method) => ({
        text: `${methodName(method)}${correlationOf(method)}`,
        colour: methodColour(methods, method),
        shape: 'circle',
      })),
    table: () => ({
      caption: 'Connectivity and target accuracy',
      columns: [
        { text: 'method' },
        { text: 'source and target' },
        ...['α/γ', 'β/γ', 'target accuracy'].map((text) => ({ text, numeric: true })),
      ],
      rows: rows.map(({ method, name, accuracy, alphaGamma, betaGamma }) => [
        methodName(method),
        name,
        ...[alphaGamma, betaGamma].map((value) =>
          value === undefined ? '–' : ([formatNumber(value, 3), value] as const),
        ),
        [formatValue(accuracy, 'fraction'), accuracy],
      ]),
    }),
    draw: (): ChartConfiguration => ({
      type: 'scatter',
      data: {
        datasets: methods.map((method) => ({
          label: methodName(method),
          data: rows.flatMap((row) => {
            const x = row[ratio];
            return row.method === method && x !== undefined ? [{ x, y: row.accuracy }] : [];
          }),
          ...{ backgroundColor: methodColour(methods, method), borderColor: methodColour(methods, method), radius: 5 },
        })),
      },
      options: {
        scales: {
          x: {
            title: { display: true, text: ratios.find(({ value }) => value === ratio)!.text },
            border: { display: false },
          },
          y: {
            title: { display: true, text: 'target accuracy' },
            border: { display: false },
            ticks: { callback: (value) => `${Math.round(Number(value) * 100)} %` },
          },
        },
        plugins: {
          tooltip: {
            callbacks: {
              label: (item) => {
                const own = rows.filter((row) => row.method === methods[item.datasetIndex] && row[ratio] !== undefined);
                return `${item.dataset.label}: ${own[item.dataIndex]?.name ?? ''}`;
              },
            },
          },
        },
      },
    }),
  });
  return panel.current.element;
}
