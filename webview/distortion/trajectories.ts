import type { ChartConfiguration } from 'chart.js';
import type { RunView } from '../../engine/report/payload';
import { labelledSelect } from '../charts/dom';
import { methodColour, orderMethods } from '../charts/method-bars';
import { formatNumber } from '../charts/numbers';
import { chartPanel, type ChartPanel } from '../charts/panel';
import type { Choices } from '../shell/choices';
import { listIn, matrixIn, part } from '../shell/view';

const columnTexts: Record<string, string> = {
  step: 'training step',
  accuracyID: 'accuracy, ID',
  accuracyOOD: 'accuracy, OOD',
  validationAccuracy: 'accuracy on ID validation',
  moveID: 'mean move, ID',
  moveOOD: 'mean move, OOD',
  relativeMoveID: 'move ÷ size, ID',
  relativeMoveOOD: 'move ÷ size, OOD',
  cosineID: 'cosine to before, ID',
  cosineOOD: 'cosine to before, OOD',
  probeCosine: 'cosine of the head to the probe’s',
  probeAngle: 'angle of the head to the probe’s (radians)',
  startCosine: 'cosine of the head to its start',
  alpha: 'α',
};

interface Trajectories {
  columns: string[];
  /** Rows by method. */
  points: Map<string, number[][]>;
}

function trajectoriesOf({ details }: RunView): Trajectories | undefined {
  const trajectories = (details.finetune ?? {})['trajectories'];
  const columns = listIn(trajectories, 'columns').map(String);
  const methods = orderMethods(
    Object.keys((part(trajectories, 'methods') as Record<string, unknown> | undefined) ?? {}),
  );
  const points = new Map(
    methods.flatMap((method) => {
      const rows = matrixIn(trajectories, 'methods', method, 'points');
      return rows ? [[method, rows] as const] : [];
    }),
  );
  return columns.length > 1 && points.size > 0 ? { columns, points } : undefined;
}

/** Accuracy against distortion while the network is fine-tuned: one line a method, from its start to its end. */
export function trajectoryPanel(view: RunView, choices: Choices): HTMLElement | undefined {
  const found = trajectoriesOf(view);
  if (!found) return undefined;
  return curvesPanel(found, choices, {
    key: 'trajectory',
    title: 'Trajectories of fine-tuning',
    note: 'One line a method; the dot is where it ends.',
    x: ['moveOOD', 'moveID', 'relativeMoveOOD', 'relativeMoveID', 'step'],
    y: ['accuracyOOD', 'accuracyID', 'validationAccuracy'],
  });
}

/** How the head turns towards or away from the linear probe's while training goes on. */
export function headPanel(view: RunView, choices: Choices): HTMLElement | undefined {
  const found = trajectoriesOf(view);
  if (!found?.columns.includes('probeCosine')) return undefined;
  return curvesPanel(found, choices, {
    key: 'head',
    title: 'Alignment of the head',
    note: 'Against the head that linear probing found on the pretrained features.',
    x: ['step'],
    y: ['probeCosine', 'probeAngle', 'startCosine'],
  });
}

/** WiSE-FT: accuracy in and out of distribution between the probed and the fine-tuned network. */
export function ensemblePanel({ details }: RunView, choices: Choices): HTMLElement | undefined {
  const curve = part(details.finetune, 'methods', 'WiSE-FT', 'curve');
  const columns = listIn(curve, 'columns').map(String);
  const rows = matrixIn(curve, 'points');
  if (!rows || columns.length < 2) return undefined;
  return curvesPanel({ columns, points: new Map([['WiSE-FT', rows]]) }, choices, {
    key: 'wise',
    title: 'Between two networks (WiSE-FT)',
    note: 'α = 0 is the probed network, α = 1 the fine-tuned one.',
    x: ['alpha', 'moveOOD', 'moveID', 'accuracyID'],
    y: ['accuracyOOD', 'accuracyID', 'validationAccuracy'],
  });
}

interface Curves {
  key: string;
  title: string;
  note: string;
  /** Columns that each axis offers, the first chosen to begin with. */
  x: readonly string[];
  y: readonly string[];
}

function curvesPanel(
  { columns, points }: Trajectories,
  choices: Choices,
  { key, title, note, ...axes }: Curves,
): HTMLElement {
  const offered = {
    x: axes.x.filter((name) => columns.includes(name)),
    y: axes.y.filter((name) => columns.includes(name)),
  };
  const chosen = { x: choices.among(`${key}.x`, offered.x), y: choices.among(`${key}.y`, offered.y) };
  const methods = [...points.keys()];
  const text = (name: string): string => columnTexts[name] ?? name;
  const lines = (): { method: string; line: { x: number; y: number }[] }[] =>
    methods.map((method) => ({
      method,
      line: points.get(method)!.flatMap((row) => {
        const [x, y] = [row[columns.indexOf(chosen.x)] ?? NaN, row[columns.indexOf(chosen.y)] ?? NaN];
        return Number.isFinite(x + y) ? [{ x, y }] : [];
      }),
    }));
  const panel: { current?: ChartPanel } = {};
  const select = (axis: 'x' | 'y', label: string): HTMLElement =>
    labelledSelect(
      label,
      offered[axis].map((value) => ({ value, text: text(value) })),
      chosen[axis],
      (value) => {
        chosen[axis] = value;
        choices.set(`${key}.${axis}`, value);
        panel.current?.redraw();
      },
    );
  const percent = (name: string): { callback?: (value: string | number) => string } =>
    name.includes('ccuracy') ? { callback: (value) => `${Number((Number(value) * 100).toFixed(1))} %` } : {};
  panel.current = chartPanel({
    title,
    note,
    description: `${title}: ${text(chosen.y)} against ${text(chosen.x)}, for ${methods.join(', ')}.`,
    height: 300,
    zoom: 'xy',
    controls: [
      ...(offered.x.length > 1 ? [select('x', 'Across')] : []),
      ...(offered.y.length > 1 ? [select('y', 'Up')] : []),
    ],
    legend: () => methods.map((method) => ({ text: method, colour: methodColour(methods, method), shape: 'line' })),
    table: () => ({
      caption: title,
      columns: [{ text: 'method' }, ...columns.map((name) => ({ text: text(name), numeric: true }))],
      rows: methods.flatMap((method) =>
        points
          .get(method)!
          .map((row) => [
            method,
            ...row.map((value) => (Number.isFinite(value) ? ([formatNumber(value, 4), value] as const) : '–')),
          ]),
      ),
    }),
    draw: (theme): ChartConfiguration => ({
      type: 'line',
      data: {
        datasets: lines().map(({ method, line }) => ({
          label: method,
          data: line,
          borderColor: methodColour(methods, method),
          backgroundColor: methodColour(methods, method),
          borderWidth: 2,
          radius: line.map((_, i) => (i === line.length - 1 ? 6 : 2)),
          hoverRadius: 7,
          hitRadius: 6,
        })),
      },
      options: {
        parsing: false,
        interaction: { mode: 'nearest', intersect: false },
        scales: {
          x: {
            type: 'linear',
            title: { display: true, text: text(chosen.x) },
            grid: { display: false },
            border: { color: theme.grid },
            ticks: { maxTicksLimit: 8, ...percent(chosen.x) },
          },
          y: {
            type: 'linear',
            title: { display: true, text: text(chosen.y) },
            border: { display: false },
            ticks: percent(chosen.y),
          },
        },
        plugins: {
          tooltip: {
            callbacks: {
              label: (item) =>
                `${item.dataset.label}: ${formatNumber(item.parsed.x ?? NaN, 3)}, ${formatNumber(item.parsed.y ?? NaN, 3)}`,
            },
          },
        },
      },
    }),
  });
  return panel.current.element;
}
