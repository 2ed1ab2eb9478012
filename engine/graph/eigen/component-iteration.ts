import { Cancelled } from '../../errors';
import type { Components } from '../components';
import { cutAt, evenDegree, growthRate, type FilterInterval } from './chebyshev';
import { resolutionOf, tellingGrowth, type Filtered } from './completeness';
import type { FoundPair, SubspaceOptions, SubspaceResult } from './contract';
import { valueOfCount } from './density';
import { filterPanels, neededGrowth, spreadOf } from './filter-pass';
import { estimateDensity, lowerEnd } from './moments';
import { orthogonalization, rayleighRitz } from './rayleigh-ritz';
import { panelWidth, type Panel, type Workspace } from './workspace';

/** Columns of a component that must remain beside its wanted pairs: a missing one would show in them. */
const guards = 3;
/** Beyond so many panels, or components, the iteration on the graph as a whole is the better one. */
const mostPanels = 3;
const mostComponents = 4096;
const mostPasses = 12;

/** A Ritz pair of one component; its column is the same in all components. */
interface Candidate {
  readonly component: number;
  readonly column: number;
  readonly value: number;
  residual: number;
}

/**
 * How many panels to work with component by component for `count` eigenpairs; undefined where that would not do: too
 * many of them may be the largest component's.
 */
export function componentPanels({ sizes, weighted }: Components, nodes: number, count: number): number | undefined {
  if (weighted < 2 || weighted > mostComponents) return undefined;
  const expected = (2 * count * sizes[0]!) / nodes + 1;
  const panels = Math.ceil((expected + 2 * guards) / panelWidth);
  return panels <= mostPanels && sizes[0]! <= nodes / 2 ? panels : undefined;
}

/**
 * Chebyshev-filtered subspace iteration on a graph of many components. A filter works on all components at once, and a
 * block of m vectors, cut at the components' borders, spans m dimensions in each of them: Rayleigh–Ritz is done for each
 * component by itself. What converges is then told apart from a component's own (m + 1)-th eigenvalue, which lies far
 * below the whole graph's.
 */
export class ComponentIteration {
  private readonly panels: Panel[] = [];
  private readonly columns: number;
  private interval: FilterInterval = { low: -1, cut: 0 };
  private firstCut = 0;
  /** The largest and the last wanted eigenvalue, as far as they are known. */
  private most = 1;
  private wanted = 0;
  private readonly history: Filtered[] = [];
  private readonly components: Components;
  /** Independent directions of each component's block. */
  private readonly ranks: Uint32Array;

  constructor(
    private readonly workspace: Workspace,
    private readonly options: SubspaceOptions,
    private readonly width: number,
  ) {
    this.columns = width * panelWidth;
    this.components = workspace.components;
    this.ranks = new Uint32Array(this.components.weighted);
  }

  /** Undefined, with all panels given back, where a component turns out to hold too many of the pairs. */
  async run(): Promise<SubspaceResult | undefined> {
    const { workspace, options } = this;
    await this.start();
    let residual = Math.sqrt(this.components.sizes[0]! / this.columns);
    const telling = tellingGrowth(this.components.sizes[0]!);
    while (this.history.length < Math.min(mostPasses, options.passes)) {
      await this.filter(residual);
      const found = await this.project();
      const leading = found.slice(0, options.count);
      if (leading.length < options.count || !this.roomBeside(leading)) break;
      await this.measure(leading);
      residual = Math.max(...leading.map((pair) => pair.residual));
      options.progress?.(leading.filter((pair) => pair.residual <= options.tolerance).length, options.count);
      const last = (this.wanted = leading.at(-1)!.value);
      this.most = leading[0]!.value;
      const resolution = resolutionOf(this.history, telling, last, Math.max(options.tolerance, 1e-7));
      if (residual <= options.tolerance && resolution !== undefined)
        return {
          pairs: leading.map((pair) => this.stored(pair)),
          complete: true,
          resolution,
          following: found[options.count]?.value ?? -1,
          passes: this.history.length,
          filterSteps: workspace.stepsDone,
        };
      if (!this.moveCut(found, last)) break;
    }
    this.panels.forEach((panel) => workspace.give(panel));
    return undefined;
  }

  /** The spectrum's density and bounds, and a random block. */
  private async start(): Promise<void> {
    const { workspace, options, components } = this;
    const draw = async (panel: Panel): Promise<void> => {
      const seed = Math.imul(options.seed + 1, 0x9e3779b1) + Math.imul(0x85ebca6b, this.panels.length + 1);
      await workspace.randomize(panel, 0, seed);
      await workspace.deflate(panel);
    };
    const density = await estimateDensity(workspace, draw, options.signal);
    for (let p = 0; p < this.width; p++) {
      const panel = workspace.take();
      this.panels.push(panel);
      await draw(panel);
    }
    const { low, margin } = lowerEnd(density);
    this.most = Math.min(1, density.values[0] ?? 1);
    this.wanted = valueOfCount(density, 0.9 * options.count);
    const expected = valueOfCount(density, (0.75 * this.columns * workspace.n) / components.sizes[0]!);
    this.firstCut = Math.max(low + margin, Math.min(expected, this.wanted - margin));
    this.interval = { low, cut: this.firstCut };
  }

  /** Filters the block as far as its wanted pairs need, and single precision allows. */
  private async filter(residual: number): Promise<void> {
    const { options, interval } = this;
    const first = this.history.length === 0;
    const rate = Math.max(1e-3, growthRate(this.wanted, interval));
    const fastest = growthRate(this.most, interval);
    const needed = neededGrowth(residual, options.tolerance) / rate;
    const rough = first ? Math.sqrt(this.columns / this.components.sizes[0]!) : residual;
    const allowed = spreadOf(rough) / Math.max(1e-3, first ? fastest : fastest - rate);
    const degree = evenDegree(Math.min(needed, allowed));
    await filterPanels(
      this.workspace,
      this.panels,
      this.panels.map(() => degree),
      interval,
      { most: this.most, least: interval.cut },
      options.signal,
    );
    this.history.push({ interval, degree });
  }

  /** Rayleigh–Ritz in each component; all pairs, descending. */
  private async project(): Promise<Candidate[]> {
    const { workspace, panels, columns: m, components } = this;
    const { weighted } = components;
    const size = m * m;
    const part = (all: Float64Array, c: number) => all.subarray(c * size, (c + 1) * size);
    const combinations = new Float32Array(weighted * size);
    await this.normalize(combinations);
    const overlaps = await workspace.componentGram(panels, panels, true);
    for (let c = 0; c < weighted; c++) dropShort(part(overlaps, c), m);
    const images = await this.images();
    const found: Candidate[] = [];
    for (let c = 0; c < weighted; c++) {
      const { values, combination, rank } = rayleighRitz(part(overlaps, c), part(images, c), m);
      combinations.set(combination, c * size);
      this.ranks[c] = rank;
      for (let column = 0; column < rank; column++)
        found.push({ component: c, column, value: values[column]!, residual: 1 });
    }
    await workspace.componentRotate(panels, combinations);
    if (this.options.signal?.aborted) throw new Cancelled();
    return found.sort((a, b) => b.value - a.value);
  }

  /**
   * Columns of length 1 in each component, orthogonal where they were nearly parallel, and without its eigenvector of
   * eigenvalue 1: what rounding had left of that is most of a column in which a filter has left nothing else.
   */
  private async normalize(combinations: Float32Array): Promise<void> {
    const { workspace, panels, columns: m } = this;
    const overlaps = await workspace.componentGram(panels, panels, true);
    combinations.fill(0);
    for (let at = 0; at < overlaps.length; at += m * m) {
      const overlap = overlaps.subarray(at, at + m * m);
      const orthogonal = orthogonalization(overlap, m);
      if (orthogonal) combinations.set(orthogonal, at);
      else
        for (let i = 0; i < m * m; i += m + 1) combinations[at + i] = overlap[i]! > 0 ? 1 / Math.sqrt(overlap[i]!) : 0;
    }
    await workspace.componentRotate(panels, combinations);
    for (const panel of panels) await workspace.deflate(panel);
  }

  /** YᵀĀY of each component. */
  private async images(): Promise<Float64Array> {
    const { workspace, panels, columns: m, components } = this;
    const all = new Float64Array(components.weighted * m * m);
    for (let q = 0; q < panels.length; q++) {
      const strip = await workspace.componentGram(panels, [await workspace.image(panels[q]!)]);
      for (let c = 0, from = 0; c < components.weighted; c++)
        for (let i = 0; i < m; i++)
          for (let j = 0; j < panelWidth; j++) {
            all[(c * m + i) * m + q * panelWidth + j] = strip[from++]!;
          }
    }
    return all;
  }

  /** Whether every component has guards beside its leading pairs, or no dimensions outside of its block. */
  private roomBeside(leading: readonly Candidate[]): boolean {
    const { sizes, weighted } = this.components;
    const held = new Uint32Array(weighted);
    for (const { component } of leading) held[component]!++;
    return held.every((count, c) => sizes[c]! - 1 <= this.columns || count + guards <= this.ranks[c]!);
  }

  private async measure(leading: readonly Candidate[]): Promise<void> {
    for (let p = 0; p < this.panels.length; p++) {
      const here = leading.filter(({ column }) => Math.floor(column / panelWidth) === p);
      if (here.length === 0) continue;
      const measured = await this.workspace.componentRayleigh(this.panels[p]!);
      for (const pair of here) Object.assign(pair, measured[pair.component]![pair.column % panelWidth]);
    }
  }

  /**
   * Cuts where the fullest component's block ends. Its last Ritz values lie too low at first: until they have come up to
   * it, the density tells. False where that is not below the last wanted pair.
   */
  private moveCut(found: readonly Candidate[], last: number): boolean {
    const ends = found.filter(({ column }) => column === this.columns - 1).map(({ value }) => value);
    this.interval = cutAt(this.interval, Math.max(this.firstCut, ...ends), found.at(-1)!.value);
    return this.interval.cut < last;
  }

  private stored({ component, column, value, residual }: Candidate): FoundPair {
    const panel = this.panels[Math.floor(column / panelWidth)]!;
    return { panel, column: column % panelWidth, component, value, residual };
  }
}

/** Takes columns out of an overlap of unit columns that have lost most of their length. */
function dropShort(overlap: Float64Array, m: number): void {
  for (let j = 0; j < m; j++) {
    if (overlap[j * m + j]! > 0.5) continue;
    for (let i = 0; i < m; i++) overlap[i * m + j] = overlap[j * m + i] = 0;
  }
}
