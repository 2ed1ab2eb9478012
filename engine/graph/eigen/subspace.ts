import { Cancelled } from '../../errors';
import { Block } from './block';
import { cutAt, evenDegree, growthRate, valueOfRate, type FilterInterval } from './chebyshev';
import { resolutionOf, tellingGrowth, type Filtered } from './completeness';
import type { SubspaceOptions, SubspaceResult } from './contract';
import { valueOfCount, type SpectralDensity } from './density';
import { filterPanels, neededGrowth, spreadOf } from './filter-pass';
import { estimateDensity, lowerEnd } from './moments';
import { estimateCosts, extraPanels, firstPanels } from './plan';
import { panelWidth, type Panel, type Workspace } from './workspace';

/** Steps of one pass at most; the interval is moved between passes. */
const longestPass = 160;
/** The first pass goes by an estimate of the spectrum and must not trust it too far. */
const longestFirst = 32;
const longestProbe = 400;

/**
 * Chebyshev-filtered block subspace iteration (Zhou, Saad, Tiago and Chelikowsky 2006) for the largest eigenvalues
 * of Ā in the complement of its components' eigenvectors, with locking and a block as large as the spectrum's density
 * asks for.
 */
export class SubspaceIteration {
  private readonly block: Block;
  private density!: SpectralDensity;
  private interval: FilterInterval = { low: -1, cut: 0 };
  private pass = 0;
  private resolution = 0;
  /** Until this pass the block holds columns that were drawn anew. */
  private settled = 0;
  /** Columns of the first random block that are neither locked nor lost, and the filters that they went through. */
  private original = 0;
  private readonly history: Filtered[] = [];

  constructor(
    private readonly workspace: Workspace,
    private readonly options: SubspaceOptions,
  ) {
    this.block = new Block(workspace, options.seed);
  }

  async run(): Promise<SubspaceResult> {
    const { count, passes } = this.options;
    await this.start();
    let complete = false;
    while (!complete && this.pass < passes) {
      if (this.block.locked.length < count) await this.advance();
      else complete = await this.search();
    }
    const pairs = this.block.pairs;
    return {
      pairs: pairs.slice(0, count),
      complete: complete && pairs.length >= count,
      resolution: this.resolution,
      following: Math.max(this.block.columns[0]?.value ?? -1, pairs[count]?.value ?? -1),
      passes: this.pass,
      filterSteps: this.workspace.stepsDone,
    };
  }

  private get wanted(): number {
    return this.options.count - this.block.locked.length;
  }

  /** Panels that may still be added; some are kept for locked pairs and a probe. */
  private get room(): number {
    return this.workspace.available - Math.ceil(this.wanted / panelWidth) - 2;
  }

  /** The spectrum's density and bounds, and a random block. */
  private async start(): Promise<void> {
    const { workspace, options, block } = this;
    this.density = await estimateDensity(workspace, (panel) => block.randomize(panel), options.signal);
    const { low, margin } = lowerEnd(this.density);
    const most = this.density.values[0] ?? 0;
    const panels = firstPanels(
      this.density,
      low,
      options.count,
      estimateCosts(workspace.n, options.nonzeros),
      this.room,
      options.tolerance,
    );
    // A first pass of few steps tells apart what lies far apart.
    const cut = Math.min(valueOfCount(this.density, panels * panelWidth), most - 0.08 * (most - low));
    this.interval = { low, cut: Math.max(low + margin, cut) };
    for (let p = 0; p < panels; p++) await block.addRandomPanel(1);
    this.assumeRandom();
    this.original = block.size;
  }

  /** Sets what is expected of a block of random vectors. */
  private assumeRandom(): void {
    const { block, interval, density, workspace } = this;
    // A random vector holds about 1/√n of each eigenvector.
    const residual = Math.sqrt(workspace.n / block.size);
    block.columns.forEach((column, j) => {
      column.value = Math.max(interval.cut, valueOfCount(density, block.locked.length + 0.9 * j));
      column.residual = residual;
    });
  }

  private check(): void {
    if (this.options.signal?.aborted) throw new Cancelled();
  }

  /** One pass: filter, Rayleigh–Ritz, residuals, locking, and a block of the right size for the next. */
  private async advance(): Promise<void> {
    this.check();
    await this.improve(this.wanted);
    await this.lock(this.leadingConverged(this.wanted));
    await this.grow();
    this.options.progress?.(Math.min(this.block.locked.length, this.options.count), this.options.count);
  }

  /** Filters the block and takes Ritz vectors of it; the first `wanted` ones are what it is for. */
  private async improve(wanted: number): Promise<void> {
    const { block, interval } = this;
    const degrees = this.degrees(wanted);
    await this.filter(block.panels, degrees);
    this.history.push({ interval, degree: Math.min(...degrees) });
    const predicted = block.columns.map(({ value, residual }, j) =>
      Math.min(1, (residual * 2) / Math.exp(growthRate(value, interval) * degrees[Math.floor(j / panelWidth)]!)),
    );
    await this.project();
    block.columns.forEach((column, j) => (column.residual = predicted[j]!));
    const last = Math.min(block.size, wanted) - 1;
    for (let p = 0; p * panelWidth <= last; p++) {
      const best = Math.min(...predicted.slice(p * panelWidth, (p + 1) * panelWidth));
      if (best < 30 * this.options.tolerance || (p + 1) * panelWidth > last) await block.measure(p);
    }
    // Guards are as far off as the last one that was measured, at best.
    const known = block.columns[last]?.residual ?? 1;
    for (let j = Math.ceil((last + 1) / panelWidth) * panelWidth; j < block.size; j++)
      block.columns[j]!.residual = Math.max(known, Math.min(1, block.columns[j]!.residual));
  }

  /** Even filter degree of each panel: what its columns need, as far as single precision allows. */
  private degrees(wanted: number): number[] {
    const { block, interval, options } = this;
    const rates = block.columns.map(({ value }) => Math.max(growthRate(value, interval), 1e-3));
    // Until something is locked the largest eigenvalue may still be above all Ritz values.
    const top = block.locked.length === 0 ? Math.min(1, this.density.values[0] ?? 1) : -1;
    const fastest = Math.max(...rates, growthRate(top, interval));
    // What may be lost to rounding in the guards is bounded by how much of the fastest directions they hold.
    const rough =
      this.pass === 0
        ? Math.sqrt(block.size / this.workspace.n)
        : Math.max(...block.columns.slice(0, wanted).map((column) => column.residual));
    const spread = spreadOf(rough);
    const longest = this.pass === 0 ? longestFirst : longestPass;
    const degrees = block.panels.map((_, p) => {
      let degree = 2;
      for (let j = p * panelWidth; j < Math.min(wanted, (p + 1) * panelWidth); j++) {
        const needed = neededGrowth(block.columns[j]!.residual, options.tolerance) / rates[j]!;
        const allowed = spread / Math.max(this.pass === 0 ? fastest : fastest - rates[j]!, 1e-3);
        degree = Math.max(degree, Math.min(needed, allowed, longest));
      }
      return degree;
    });
    const most = Math.max(...degrees);
    return degrees.map((degree, p) =>
      evenDegree((p + 1) * panelWidth <= wanted ? degree : Math.max(degree, Math.min(most, spread / fastest))),
    );
  }

  private async filter(panels: readonly Panel[], degrees: readonly number[]): Promise<void> {
    const values = this.block.columns.map(({ value }) => value);
    const [most, least] = [Math.max(...values), Math.min(...values)];
    await filterPanels(this.workspace, panels, degrees, this.interval, { most, least }, this.options.signal);
    this.pass++;
  }

  private async project(): Promise<void> {
    const { block, density } = this;
    const rank = await block.project();
    this.original = Math.min(this.original, rank);
    if (rank === 0) return this.assumeRandom();
    const last = block.columns.at(-1)!.value;
    const wanted = block.columns[Math.max(0, Math.min(block.size, this.wanted) - 1)]!.value;
    // Guards that have not converged lie too low for a cut; the density tells where the block should end.
    const expected = valueOfCount(density, block.locked.length + block.size);
    // After the first pass they are hardly better than random.
    const trusted = this.pass === 1 ? 0.9 : 0.7;
    let cut = Math.max(last, Math.min(expected, last + trusted * (wanted - last)));
    // Columns that were drawn anew say nothing yet about where the block ends; that it ends no higher than before is known.
    if (this.pass <= this.settled && this.interval.cut < wanted) cut = Math.max(cut, this.interval.cut);
    this.interval = cutAt(this.interval, cut, last);
  }

  private leadingConverged(wanted: number): number {
    const { columns } = this.block;
    const rest = columns.findIndex(({ residual }) => residual > this.options.tolerance);
    return Math.min(wanted, rest < 0 ? columns.length : rest);
  }

  private async lock(count: number): Promise<void> {
    if (count > 0) this.settled = this.pass + 2;
    await this.block.lock(count);
    this.original = Math.max(0, this.original - count);
  }

  /** Adds panels where the block is too small for what is wanted or where the next steps would be many. */
  private async grow(): Promise<void> {
    const { block, workspace, options } = this;
    if (this.wanted <= 0) return;
    const least = Math.ceil((this.wanted + 6) / panelWidth) - block.panels.length;
    let extra = Math.max(0, least);
    if (least <= 0 && this.pass > 1) {
      const values = block.columns.map(({ value }) => value);
      const residual = Math.max(...block.columns.slice(0, this.wanted).map((column) => column.residual));
      extra = extraPanels(
        values,
        values[this.wanted - 1]!,
        this.interval,
        Math.log((4 * residual) / options.tolerance),
        this.density,
        block.locked.length,
        estimateCosts(workspace.n, options.nonzeros),
        Math.min(this.room, Math.ceil(block.panels.length / 2)),
      );
    }
    for (; extra > 0 && workspace.available > 2; extra--) await block.addRandomPanel(this.interval.cut);
  }

  private get telling(): number {
    return tellingGrowth(this.workspace.n);
  }

  /**
   * Looks for an eigenvalue that was missed. The guards began as random vectors: once they have been filtered until any
   * direction above the last pair would stand out, what is missing shows as a Ritz value of theirs. Where they are too
   * few or too fresh, new random vectors are filtered as far. What shows above the last pair is iterated to
   * convergence and locked as well. True when there was nothing.
   */
  private async search(): Promise<boolean> {
    this.check();
    const { options, block } = this;
    const last = block.pairs[options.count - 1]!.value;
    const margin = Math.max(options.tolerance, 1e-7);
    if (!this.guardsTell(last, margin)) await this.probe(last, margin);
    for (let found = false; ; found = true) {
      const above = block.columns.filter(({ value }) => value > last + margin).length;
      if (above === 0) return !found;
      if (this.pass >= options.passes) return false;
      for (let p = 0; p * panelWidth < above; p++) await block.measure(p);
      const ready = this.leadingConverged(above);
      await this.lock(ready);
      if (ready === above || block.size === 0) return false;
      await this.improve(above);
    }
  }

  /** Whether the remaining columns of the first random block would show a missing eigenvalue; sets the resolution. */
  private guardsTell(last: number, margin: number): boolean {
    if (this.original < 3) return false;
    const resolution = resolutionOf(this.history, this.telling, last, margin);
    if (resolution === undefined) return false;
    this.resolution = resolution;
    return true;
  }

  private async probe(last: number, margin: number): Promise<void> {
    const { workspace, block } = this;
    if (this.interval.cut >= last) this.interval = { ...this.interval, cut: last - Math.max(1e-3, 10 * margin) };
    const degree = evenDegree(Math.min(longestProbe, this.telling / Math.max(1e-3, growthRate(last, this.interval))));
    this.resolution = Math.max(margin, valueOfRate(this.telling / degree, this.interval) - last);
    if (workspace.available > 1) await block.addRandomPanel(last);
    else await block.randomize(block.panels.at(-1)!);
    await this.filter([block.panels.at(-1)!], [degree]);
    await this.project();
  }
}
