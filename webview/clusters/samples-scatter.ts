import { h, labelledSelect } from '../charts/dom';
import type { LegendEntry, SwatchShape } from '../charts/legend';
import { formatCount } from '../charts/numbers';
import { shapes as allShapes } from '../charts/points/stamps';
import { scatterPanel, type ScatterContent, type ScatterPanel } from '../charts/scatter';
import { className, domainName, type Samples } from '../data/run-data';
import { messageOf } from '../shell/states';
import {
  byCorrectness,
  byQuantity,
  byValue,
  columnLayout,
  describeEntry,
  projectionLayout,
  shapesOf,
  type Colouring,
  type Layout,
} from './layout';
import { colourOptions, layoutOptions } from './samples-options';
import { samplesTable } from './samples-table';
import { separationOf, type ClusterPage } from './state';

const swatches: readonly SwatchShape[] = ['circle', 'triangle', 'rect', 'rectRot', 'crossRot', 'circle'];

/** Samples that UMAP is asked for: it takes seconds for the first, minutes for the last. */
const limits = [4000, 1000, 10_000, 40_000] as const;
const mostProjected = 200_000;

/** The samples as points: on two eigenvectors, or projected; coloured by what is known of them. */
export function samplesPanel(page: ClusterPage): HTMLElement {
  return new SamplesScatter(page).element;
}

class SamplesScatter {
  readonly element: HTMLElement;
  private readonly panel: ScatterPanel;
  private layout: Layout;
  private colouring: Colouring;
  private readonly choice: { layout: string; x: number; y: number; colour: string; limit: number };
  private readonly axesControl = h('span', { class: 'control-group' });
  private readonly status = h('span', { class: 'note', role: 'status' });
  private predictions: ArrayLike<number> | undefined;
  private shownAxes = '';

  constructor(private readonly page: ClusterPage) {
    const { choices } = page.context;
    const count = page.vectors?.count ?? 0;
    const columns = Array.from({ length: count }, (_, i) => i);
    const layouts = layoutOptions(this.page).map(({ value }) => value);
    this.choice = {
      layout: choices.among('scatter.layout', layouts),
      limit: choices.among('scatter.limit', limits),
      x: choices.among('scatter.x', columns, count > 2 ? 1 : 0) ?? 0,
      y: choices.among('scatter.y', columns, count > 2 ? 2 : Math.min(1, Math.max(0, count - 1))) ?? 0,
      colour: choices.among(
        'scatter.colour',
        colourOptions(this.page).map(({ value }) => value),
      ),
    };
    const projected = this.choice.layout !== 'eigenvectors';
    this.layout = this.eigenvectorLayout();
    this.colouring = this.colour();
    this.panel = scatterPanel({
      title: 'Samples',
      note: () => this.note(),
      description: () =>
        `Scatter plot of ${this.layout.entries.length} samples. Arrow keys walk from point to point, plus and minus scale, 0 shows all, Enter chooses a sample for a path.`,
      height: 480,
      controls: this.controls(),
      content: () => this.content(),
      describe: (point) => this.describe(this.layout.entries[point]!),
      picture: (point) => page.context.data.picture(page.samples, page.samples.rows[this.layout.entries[point]!]!, 72),
      onSelect: (points) => {
        page.picks.value = { ...page.picks.value, selected: points.map((point) => this.layout.entries[point]!) };
        this.panel.redraw(true);
      },
      onActivate: (point) => {
        const entry = this.layout.entries[point]!;
        const { ends } = page.picks.value;
        page.picks.value = {
          ...page.picks.value,
          ends: ends.length === 1 && ends[0] !== entry ? [...ends, entry] : [entry],
        };
      },
      table: () => samplesTable(page.samples, this.layout, this.colouring, this.choice.colour),
      camera: choices.numbers('scatter.camera', ['left', 'right', 'bottom', 'top']),
      onCamera: (camera) => choices.set('scatter.camera', camera && { ...camera }),
    });
    this.element = this.panel.element;
    page.state.follow(() => void this.recolour());
    if (projected) void this.place(true);
    if (this.choice.colour.startsWith('correct:')) void this.recolour();
  }

  private note(): string {
    const { samples } = this.page;
    const shown = this.layout.entries.length;
    const missing = this.layout.x.reduce((sum, x, i) => sum + (Number.isFinite(x + this.layout.y[i]!) ? 0 : 1), 0);
    return [
      `${formatCount(shown)} of ${formatCount(samples.total)} samples${shown < samples.total ? ', stratified by domain and class' : ''}.`,
      missing > 0 ? `${formatCount(missing)} have no place, since a value of theirs is no number.` : '',
      this.page.context.data.path
        ? 'Point at one to see it; click two to find the path between them.'
        : 'Point at one to see it.',
    ]
      .filter(Boolean)
      .join(' ');
  }

  private controls(): HTMLElement[] {
    const { choices } = this.page.context;
    return [
      labelledSelect('Place by', layoutOptions(this.page), this.choice.layout, (value) => {
        this.choice.layout = value;
        choices.set('scatter.layout', value);
        choices.set('scatter.camera', undefined);
        void this.place();
      }),
      this.axesControl,
      labelledSelect('Colour', colourOptions(this.page), this.choice.colour, (value) => {
        this.choice.colour = value;
        choices.set('scatter.colour', value);
        void this.recolour();
      }),
      this.status,
    ];
  }

  private fillAxes(): void {
    if (this.shownAxes === this.choice.layout) return;
    this.shownAxes = this.choice.layout;
    if (this.choice.layout !== 'eigenvectors') {
      const { total } = this.page.samples;
      const offered = [...limits].sort((a, b) => a - b).filter((_, i, all) => i === 0 || all[i - 1]! < total);
      this.axesControl.replaceChildren(
        ...(this.choice.layout === 'umap' && this.page.context.data.clusters
          ? [
              labelledSelect(
                'At most',
                offered.map((limit) => ({ value: String(limit), text: `${formatCount(limit)} samples` })),
                String(this.choice.limit),
                (value) => {
                  this.choice.limit = Number(value);
                  this.page.context.choices.set('scatter.limit', this.choice.limit);
                  void this.place();
                },
              ),
            ]
          : []),
      );
      return;
    }
    const { vectors, context } = this.page;
    const axes = Array.from({ length: vectors?.count ?? 0 }, (_, i) => {
      const what = separationOf(context.view, i);
      return {
        value: String(i),
        text: `eigenvector ${i + 1}${what === 'class' || what === 'domain' ? ` (${what})` : ''}`,
      };
    });
    const select = (label: string, axis: 'x' | 'y'): HTMLElement =>
      labelledSelect(label, axes, String(this.choice[axis]), (value) => {
        this.choice[axis] = Number(value);
        context.choices.set(`scatter.${axis}`, this.choice[axis]);
        context.choices.set('scatter.camera', undefined);
        void this.place();
      });
    this.axesControl.replaceChildren(select('Across', 'x'), select('Up', 'y'));
  }

  /** Puts the points where the choice says; a projection comes from the engine. */
  private async place(keepCamera = false): Promise<void> {
    const { layout, limit } = this.choice;
    const { data } = this.page.context;
    try {
      if (layout === 'eigenvectors') this.layout = this.eigenvectorLayout();
      else {
        this.status.textContent = layout === 'umap' ? 'Computing UMAP …' : 'Projecting …';
        const answer = await data.projection(
          layout === 'umap' ? 'umap' : 'pca',
          'features',
          layout === 'umap' ? this.choice.limit : mostProjected,
        );
        const [places, rows] = await Promise.all([data.file(answer.file), data.file(answer.rows)]);
        if (this.choice.layout !== layout || (layout === 'umap' && this.choice.limit !== limit)) return;
        const name = (i: number): string =>
          answer.explained
            ? `component ${i + 1} (${(100 * (answer.explained[i] ?? 0)).toFixed(1)} % of the variance)`
            : `UMAP ${i + 1}`;
        this.layout = projectionLayout(this.page.samples, places, rows, { x: name(0), y: name(1) });
      }
      this.status.textContent = '';
    } catch (error) {
      this.status.textContent = messageOf(error);
      return;
    }
    this.colouring = this.colour();
    this.panel.redraw(keepCamera);
  }

  private eigenvectorLayout(): Layout {
    const { samples, vectors } = this.page;
    const { x, y } = this.choice;
    if (!vectors)
      return { x: new Float32Array(0), y: new Float32Array(0), entries: new Int32Array(0), axes: { x: '', y: '' } };
    return columnLayout(samples, vectors, [x, y], [`eigenvector ${x + 1}`, `eigenvector ${y + 1}`]);
  }

  private async recolour(): Promise<void> {
    const array = /^correct:(.*)$/.exec(this.choice.colour)?.[1];
    if (array !== undefined) this.predictions = (await this.page.context.data.array(array))?.data;
    this.colouring = this.colour();
    this.panel.redraw(true);
  }

  private colour(): Colouring {
    const { samples, state, vectors } = this.page;
    const { colour } = this.choice;
    const { entries } = this.layout;
    const vector = /^vector:(\d+)$/.exec(colour)?.[1];
    if (vector !== undefined && vectors) {
      const { data, count } = vectors;
      return byQuantity((entry) => data[entry * count + Number(vector)]!, entries, `eigenvector ${Number(vector) + 1}`);
    }
    if (colour.startsWith('correct:')) return byCorrectness(samples, this.predictions ?? [], entries);
    if (colour === 'cluster' && state.value.clusters)
      return byValue(state.value.clusters, entries, (value) => (value < 0 ? 'no cluster' : `cluster ${value + 1}`));
    if (colour === 'domain') return byValue(samples.domains, entries, (value) => domainName(samples, value));
    return byValue(samples.labels, entries, (value) => className(samples, value));
  }

  private content(): ScatterContent {
    this.fillAxes();
    // The colours are those of the theme at the time.
    this.colouring = this.colour();
    const { samples, picks } = this.page;
    const { x, y, entries, axes } = this.layout;
    const { colour, palette, legend } = this.colouring;
    const shape = shapesOf(samples, entries);
    const selected = new Set(picks.value.selected);
    return {
      points: { x, y, colour, shape },
      palette,
      axes,
      ...(shape && { shapes: allShapes }),
      legend: [...legend, ...(shape && this.choice.colour !== 'domain' ? domainEntries(samples) : [])],
      ...(selected.size > 0 && { chosen: Uint8Array.from(entries, (entry) => (selected.has(entry) ? 1 : 0)) }),
    };
  }

  private describe(entry: number): string[] {
    const { samples, state } = this.page;
    const lines = describeEntry(samples, entry, state.value.clusters);
    return /^(correct|vector):/.test(this.choice.colour) ? [...lines, this.colouring.describe(entry)] : lines;
  }
}

function domainEntries({ domainNames }: Samples): LegendEntry[] {
  return domainNames.map((text, i) => ({
    ...{ text, colour: 'currentColor', shape: swatches[i % swatches.length], hollow: i % 6 === 5, sets: [] },
  }));
}
