import { h } from '../charts/dom';
import { heatTable } from '../charts/heat-table';
import { formatNumber } from '../charts/numbers';
import { tableActions, type TableData } from '../charts/table';
import { shortened } from '../charts/text';
import { plotMenu } from '../charts/plot-menu';
import { numberIn, matrixIn, plainPanel, textIn, listIn } from '../shell/view';
import type { RunView } from '../../engine/report/payload';

const svgNamespace = 'http://www.w3.org/2000/svg';
const relations = ['rho', 'alpha', 'beta', 'gamma'] as const;
type Relation = (typeof relations)[number];
const letters: Record<Relation, string> = { rho: 'ρ', alpha: 'α', beta: 'β', gamma: 'γ' };
const meanings: Record<Relation, string> = {
  rho: 'same class, same domain',
  alpha: 'same class, across domains',
  beta: 'other class, same domain',
  gamma: 'other class, across domains',
};

interface Strength {
  value: number;
  low: number | undefined;
  high: number | undefined;
}

/** The four cells of the theory, what joins them, and what follows for a linear head. */
export function connectivityPanel({ details, study }: RunView): HTMLElement | undefined {
  const connectivity = (details.spectrum ?? {})['connectivity'];
  const strengths = new Map<Relation, Strength>();
  for (const relation of relations) {
    const value = numberIn(connectivity, relation, 'value');
    if (value === undefined) continue;
    strengths.set(relation, {
      value,
      low: numberIn(connectivity, relation, 'low'),
      high: numberIn(connectivity, relation, 'high'),
    });
  }
  if (strengths.size === 0) return undefined;
  const source = textIn(study, 'data', 'source') ?? 'source';
  const target = textIn(study, 'data', 'target') ?? 'target';
  const sentence = textIn(connectivity, 'sentence') ?? verdictText(textIn(connectivity, 'verdict'));
  const agreement = numberIn(connectivity, 'agreement');
  const table = (): TableData => ({
    caption: 'Connectivity',
    columns: [
      { text: 'relation' },
      { text: 'meaning' },
      ...['value', 'low', 'high'].map((text) => ({ text, numeric: true })),
    ],
    rows: [...strengths].map(([relation, { value, low, high }]) => [
      letters[relation],
      meanings[relation],
      ...[value, low, high].map((one) => (one === undefined ? '' : ([formatNumber(one, 3), one] as const))),
    ]),
  });
  const diagram = drawDiagram(strengths, { source, target });
  return plainPanel(
    'Connectivity',
    sentence,
    [
      diagram,
      h(
        'ul',
        { class: 'facts-list' },
        ...[...strengths].map(([relation, strength]) =>
          h('li', {}, h('strong', {}, `${letters[relation]} = ${strengthText(strength)}`), ` ${meanings[relation]}`),
        ),
        ...(['alphaGamma', 'betaGamma'] as const).flatMap((name) => {
          const value = numberIn(connectivity, name, 'value');
          if (value === undefined) return [];
          const strength = {
            value,
            low: numberIn(connectivity, name, 'low'),
            high: numberIn(connectivity, name, 'high'),
          };
          return [h('li', {}, h('strong', {}, `${name === 'alphaGamma' ? 'α/γ' : 'β/γ'} = ${strengthText(strength)}`))];
        }),
      ),
      h(
        'p',
        { class: 'note' },
        [
          textIn(connectivity, 'unit'),
          agreement === undefined
            ? ''
            : `${(100 * agreement).toFixed(0)} % of the bootstrap draws give the same verdict.`,
          'A linear head carries over where both α and β are larger than γ.',
        ]
          .filter(Boolean)
          .join(' '),
      ),
      tableActions(table),
    ],
    { tools: plotMenu({ title: 'Connectivity', png: () => svgPng(diagram), svg: () => svgText(diagram), table }) },
  );
}

function strengthText({ value, low, high }: Strength): string {
  const interval =
    low !== undefined && high !== undefined ? ` (${formatNumber(low, 3)} – ${formatNumber(high, 3)})` : '';
  return `${formatNumber(value, 3)}${interval}`;
}

function verdictText(verdict: string | undefined): string | undefined {
  return {
    transfers: 'By the weights, a linear head fitted on the source carries over to the target.',
    chance: 'By the weights, a linear head fitted on the source is at chance on the target.',
    fails: 'By the weights, a linear head fitted on the source predicts the wrong classes on the target.',
    undetermined: 'The weights do not settle whether a linear head carries over to the target.',
  }[verdict ?? ''];
}

/** Two classes across, two domains down: edges as wide as what they stand for is strong. */
function drawDiagram(
  strengths: ReadonlyMap<Relation, Strength>,
  names: { source: string; target: string },
): SVGSVGElement {
  const [width, height] = [520, 300];
  const x = [140, 400] as const;
  const y = [70, 230] as const;
  const most = Math.max(...[...strengths.values()].map(({ value }) => Math.abs(value)), 1e-12);
  // The root, so that what is weak can be seen beside what is strong.
  const strokeOf = (relation: Relation): number =>
    1 + 9 * Math.sqrt(Math.abs(strengths.get(relation)?.value ?? 0) / most);
  const svg = element('svg', { viewBox: `0 0 ${width} ${height}`, class: 'diagram', role: 'img' });
  const title = element('title', {});
  title.textContent = [...strengths]
    .map(([relation, { value }]) => `${letters[relation]}, ${meanings[relation]}: ${formatNumber(value, 3)}`)
    .join('; ');
  svg.append(title);
  const edge = (
    relation: Relation,
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    at?: readonly [number, number],
  ): void => {
    const strength = strengths.get(relation);
    if (!strength) return;
    svg.append(element('line', { x1, y1, x2, y2, 'stroke-width': strokeOf(relation), class: `edge ${relation}` }));
    if (!at) return;
    const text = `${letters[relation]} ${formatNumber(strength.value, 2)}`;
    const label = element('g', {});
    label.append(
      element('rect', {
        x: at[0] - 4 - text.length * 4,
        y: at[1] - 12,
        width: text.length * 8 + 8,
        height: 22,
        rx: 5,
        class: 'edge-label',
      }),
      textElement(at[0], at[1] + 4, text, 'edge-text'),
    );
    svg.append(label);
  };
  edge('gamma', x[0], y[0], x[1], y[1]);
  edge('gamma', x[0], y[1], x[1], y[0], [x[0] + 75, y[1] - 46]);
  edge('beta', x[0], y[0], x[1], y[0], [270, y[0]]);
  edge('beta', x[0], y[1], x[1], y[1], [270, y[1]]);
  edge('alpha', x[0], y[0], x[0], y[1], [x[0], 150]);
  edge('alpha', x[1], y[0], x[1], y[1], [x[1], 150]);
  const rho = strengths.get('rho');
  for (const [column, px] of x.entries())
    for (const [row, py] of y.entries()) {
      // A loop of its own: samples of one cell among themselves.
      if (rho)
        svg.append(
          element('circle', {
            cx: px + (column === 0 ? -34 : 34),
            cy: py + (row === 0 ? -22 : 22),
            r: 20,
            'stroke-width': strokeOf('rho'),
            class: 'edge rho',
          }),
        );
      svg.append(
        element('circle', { cx: px, cy: py, r: 30, class: 'cell' }),
        textElement(px, py - 2, column === 0 ? 'one class' : 'another', 'cell-text'),
        textElement(px, py + 13, row === 0 ? shortened(names.source, 9) : shortened(names.target, 9), 'cell-domain'),
      );
    }
  if (rho) svg.append(textElement(x[0] - 84, y[0] - 30, `ρ ${formatNumber(rho.value, 2)}`, 'edge-text'));
  return svg;
}

function element<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

function textElement(x: number, y: number, content: string, className: string): SVGTextElement {
  const made = element('text', { x, y, class: className, 'text-anchor': 'middle' });
  made.textContent = content;
  return made;
}

/** The diagram with its colours written into it, as it is outside the page. */
function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [...svg.querySelectorAll<SVGElement>('*')];
  [...copy.querySelectorAll<SVGElement>('*')].forEach((node, i) => {
    const style = getComputedStyle(originals[i]!);
    for (const name of ['fill', 'stroke', 'font-family', 'font-size', 'font-weight'])
      node.setAttribute(name, style.getPropertyValue(name));
    node.removeAttribute('class');
  });
  copy.setAttribute('xmlns', svgNamespace);
  return copy.outerHTML;
}

function svgPng(svg: SVGSVGElement): Promise<Blob | undefined> {
  const { width, height } = svg.viewBox.baseVal;
  const image = new Image();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  return new Promise((resolve) => {
    image.addEventListener('load', () => {
      const context = canvas.getContext('2d')!;
      context.fillStyle = getComputedStyle(document.body).backgroundColor;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => resolve(blob ?? undefined));
    });
    image.addEventListener('error', () => resolve(undefined));
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(svg))}`;
  });
}

/** More cells than this nobody reads. */
const mostCells = 40;

/** Mean weights between all cells of class and domain. */
export function cellMatrixPanel({ details }: RunView): HTMLElement | undefined {
  const connectivity = (details.spectrum ?? {})['connectivity'];
  const matrix = matrixIn(connectivity, 'matrix');
  const cells = listIn(connectivity, 'cells').map(String);
  if (!matrix || cells.length < 2) return undefined;
  const shown = cells.slice(0, mostCells);
  let most = 0;
  for (const row of matrix) for (const value of row) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return plainPanel(
    'Weights between cells',
    `Mean weight between samples of each class and domain, relative to the mean over all.${shown.length < cells.length ? ` ${shown.length} of ${cells.length} cells.` : ''}`,
    [
      heatTable({
        caption: 'Mean weight between cells',
        corner: 'cell',
        columns: shown,
        rows: shown.map((name, i) => ({ name, values: matrix[i]!.slice(0, mostCells) })),
        shade: (value) => Math.max(0, value) / (most || 1),
        format: (value) =>
          Number.isFinite(value)
            ? value
                .toFixed(1)
                .replace(/^-0\.0$/, '0.0')
                .replace('-', '−')
            : '–',
      }),
      tableActions(() => ({
        caption: 'Weights between cells',
        columns: [{ text: 'cell' }, ...cells.map((text) => ({ text, numeric: true }))],
        rows: cells.map((name, i) => [name, ...matrix[i]!.map((value) => [formatNumber(value), value] as const)]),
      })),
    ],
    { wide: cells.length > 8 },
  );
}
