import { Cancelled } from '../../errors';
import { evenDegree, growthRate, valueOfRate, type FilterInterval } from './chebyshev';
import { rayleighRitz } from './rayleigh-ritz';
import { panelWidth, type Panel, type Workspace } from './workspace';

export interface SubspaceOptions {
  /** How many eigenpairs beside the components' eigenvalue 1. */
  readonly count: number;
  /** Residual ‖Āx − θx‖ at which a pair has converged. */
  readonly tolerance: number;
  readonly seed: number;
  /** Filter and Rayleigh–Ritz passes at most. */
  readonly passes: number;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((converged: number, wanted: number) => void) | undefined;
}

export interface LockedPair {
  readonly value: number;
  readonly residual: number;
  readonly panel: Panel;
  readonly column: number;
}

export interface SubspaceResult {
  /** Converged pairs, descending: at most `count`. */
  readonly pairs: LockedPair[];
  /** True when a probe of the complement found nothing above the last pair. */
  readonly complete: boolean;
  /** The probe would have shown every missing eigenvalue that is above the last one by more than this. */
  readonly resolution: number;
  /** Ritz value that follows the pairs: a lower bound of λ_{k+1}. */
  readonly following: number;
  readonly passes: number;
  readonly filterSteps: number;
}

/** ln of how far one pass may pull the wanted vectors apart: rounding noise of the largest must not drown the rest. */
const spreads = [6, 9, 11.5];
/** Steps of one pass at most; cuts are moved between passes. */
const longestPass = 60;
/** A probe's steps at most. */
const longestProbe = 240;

/** What is known of each active column. */
interface Column {
  value: number;
  residual: number;
}

/**
 * Chebyshev-filtered block subspace iteration (Zhou, Saad, Tiago and Chelikowsky 2006) for the largest eigenvalues
 * of Ā in the complement of its components' eigenvectors, with locking and a block that grows where the spectrum
 * beyond it is dense.
 */
export class SubspaceIteration {
  private active: Panel[] = [];
  private columns: Column[] = [];
  private readonly lockedPanels: Panel[] = [];
  private readonly locked: LockedPair[] = [];
  private interval: FilterInterval = { low: -1, cut: 0 };
  private pass = 0;
  private draws = 0;
  private resolution = 0;

  constructor(
    private readonly workspace: Workspace,
    private readonly options: SubspaceOptions,
  ) {}

  async run(): Promise<SubspaceResult> {
    const { count, passes } = this.options;
    await this.start();
    let complete = false;
    while (!complete && this.pass < passes) {
      if (this.locked.length < count) {
        await this.advance();
      } else {
        complete = await this.probe();
      }
    }
    const pairs = this.sorted().slice(0, count);
    const following = Math.max(this.columns[0]?.value ?? -1, this.sorted()[count]?.value ?? -1);
    return {
      pairs,
      complete: complete && pairs.length === count,
      resolution: this.resolution,
      following,
      passes: this.pass,
      filterSteps: this.workspace.stepsDone,
    };
  }

  private sorted(): LockedPair[] {
    return [...this.locked].sort((a, b) => b.value - a.value);
  }

  private get wanted(): number {
    return this.options.count - this.locked.length;
  }

  /** Bounds of the spectrum from a short Krylov space, and a random block. */
  private async start(): Promise<void> {
    const { workspace } = this;
    const depth = Math.min(8, workspace.available - 1);
    const krylov: Panel[] = [];
    for (let i = 0; i < depth; i++) {
      const panel = workspace.take();
      krylov.push(panel);
      // Chebyshev polynomials of Ā on [−1, 1]: far better conditioned than powers.
      if (i === 0) await this.randomize(panel, 0);
      else if (i === 1) await workspace.step(krylov[0]!, krylov[0]!, panel, 1, 0);
      else await workspace.step(krylov[i - 1]!, krylov[i - 2]!, panel, 2, -1);
      await workspace.deflate(panel);
    }
    const { values } = await this.ritz(krylov);
    krylov.forEach((panel) => workspace.give(panel));
    const [most, least] = [values[0] ?? 0, values.at(-1) ?? 0];
    const margin = 0.03 * (most - least) + 1e-4;
    const low = Math.max(-1.000001, least - margin);
    const target = this.blockPanels();
    const cut =
      values[Math.min(values.length - 1, Math.floor(target * panelWidth * 0.75), Math.floor(values.length / 3))] ?? 0;
    this.interval = { low, cut: Math.max(cut, low + margin) };
    for (let i = 0; i < target; i++) await this.addRandomPanel(Math.max(most, this.interval.cut + margin));
  }

  /** Panels for the wanted pairs that are left and a guard beyond them. */
  private blockPanels(): number {
    const guard = Math.max(8, Math.round(this.wanted / 4));
    return Math.min(
      Math.ceil((Math.max(0, this.wanted) + guard) / panelWidth),
      this.active.length + this.workspace.available - 2,
    );
  }

  private async randomize(panel: Panel, column: number): Promise<void> {
    await this.workspace.randomize(
      panel,
      column,
      Math.imul(this.options.seed + 1, 0x9e3779b1) + 0x85ebca6b * ++this.draws,
    );
  }

  private async addRandomPanel(value: number): Promise<void> {
    const panel = this.workspace.take();
    await this.randomize(panel, 0);
    await this.workspace.deflate(panel);
    this.active.push(panel);
    for (let j = 0; j < panelWidth; j++) this.columns.push({ value, residual: 1 });
  }

  private async ritz(panels: readonly Panel[]) {
    const { workspace } = this;
    const overlap = await workspace.gram(panels, panels, true);
    const m = panels.length * panelWidth;
    const image = new Float64Array(m * m);
    for (let q = 0; q < panels.length; q++) {
      // The block's upper triangle is enough: Ā is symmetric.
      const part = await workspace.gram(panels.slice(0, q + 1), [await workspace.image(panels[q]!)]);
      for (let i = 0; i < (q + 1) * panelWidth; i++)
        for (let j = 0; j < panelWidth; j++) {
          const column = q * panelWidth + j;
          if (i > column) continue;
          image[i * m + column] = image[column * m + i] = part[i * panelWidth + j]!;
        }
    }
    return rayleighRitz(overlap, image, m);
  }

  private check(): void {
    if (this.options.signal?.aborted) throw new Cancelled();
  }

  /** One pass: filter, Rayleigh–Ritz, residuals, locking, and a block of the right size for the next. */
  private async advance(): Promise<void> {
    this.check();
    await this.filterBlock();
    await this.project();
    await this.measure(this.wanted);
    if (process.env['DBG'])
      console.log(
        this.pass,
        'int',
        this.interval,
        this.active.length,
        this.columns
          .slice(0, this.wanted + 1)
          .filter((_, i) => i % 4 === 0)
          .map((c) => c.value.toFixed(4) + ':' + c.residual.toExponential(1))
          .join(' '),
      );
    await this.lock(this.leadingConverged(this.wanted));
    await this.resize();
    this.options.progress?.(Math.min(this.locked.length, this.options.count), this.options.count);
  }

  private async filterBlock(): Promise<void> {
    const { interval } = this;
    const rates = this.columns.map(({ value }) => growthRate(value, interval));
    const fastest = Math.max(...rates);
    const spread = spreads[Math.min(this.pass, spreads.length - 1)]!;
    const degrees = this.active.map((_, p) => {
      let degree = 2;
      for (let j = p * panelWidth; j < (p + 1) * panelWidth && j < this.columns.length; j++) {
        const { residual } = this.columns[j]!;
        const rate = Math.max(rates[j]!, 1e-3);
        const needed = Math.log((4 * residual) / this.options.tolerance) / rate;
        const allowed = spread / Math.max(this.pass === 0 ? fastest : fastest - rate, 1e-3);
        degree = Math.max(degree, Math.min(needed, allowed, longestPass));
      }
      return evenDegree(degree);
    });
    if (process.env['DBG']) console.log('degrees', degrees.join());
    await this.filter(this.active, degrees, Math.max(...this.columns.map(({ value }) => value)));
    this.pass++;
  }

  private async filter(panels: readonly Panel[], degrees: readonly number[], highest: number): Promise<void> {
    const { interval, options, workspace } = this;
    const top = Math.max(highest, interval.cut + 1e-6);
    const least = Math.min(...this.columns.map(({ value }) => value));
    const known = Math.max(growthRate(1, interval), 1e-3);
    const period = Math.max(2, Math.floor(11.5 / Math.max(1e-3, known - growthRate(least, interval))));
    const stop = () => workspace.stop();
    options.signal?.addEventListener('abort', stop);
    try {
      await workspace.filter(panels, degrees, { ...interval, top }, Math.min(period, 1 << 20));
    } finally {
      options.signal?.removeEventListener('abort', stop);
    }
    this.check();
  }

  /** Rayleigh–Ritz on the active block; directions that are lost are drawn anew. */
  private async project(): Promise<void> {
    const { workspace } = this;
    const { values, combination, rank } = await this.ritz(this.active);
    await workspace.rotate(this.active, combination);
    const last = values[rank - 1] ?? this.interval.low;
    this.columns = Array.from(values, (value) => ({ value, residual: 1 }));
    for (let j = rank; j < this.active.length * panelWidth; j++) this.columns.push({ value: last, residual: 1 });
    this.cutAt(last);
    await this.refill(rank);
  }

  /** The block's smallest Ritz value is the new cut: everything below is unwanted. */
  private cutAt(value: number): void {
    const { low } = this.interval;
    // An eigenvalue below the interval grows too: seeing one means that the bound was too high.
    if (value < low) this.interval = { low: Math.max(-1.000001, value - 0.02), cut: Math.max(value, low + 1e-3) };
    else this.interval = { low, cut: Math.max(value, low + 1e-3) };
  }

  /** Random vectors in the columns from `from` on. */
  private async refill(from: number): Promise<void> {
    for (let p = Math.floor(from / panelWidth); p < this.active.length; p++) {
      const column = Math.max(0, from - p * panelWidth);
      if (column >= panelWidth) continue;
      await this.randomize(this.active[p]!, column);
      await this.workspace.deflate(this.active[p]!);
    }
  }

  /** Rayleigh quotients and residuals of the first columns. */
  private async measure(count: number): Promise<void> {
    for (let p = 0; p * panelWidth < count && p < this.active.length; p++) {
      const measured = await this.workspace.rayleigh(this.active[p]!);
      measured.forEach(({ value, residual, norm }, j) => {
        const column = this.columns[p * panelWidth + j];
        if (column && norm > 0.5) Object.assign(column, { value, residual });
      });
    }
    // Guards are not measured: they are taken to be as far off as the last one that was.
    const measured = Math.min(this.columns.length, Math.ceil(count / panelWidth) * panelWidth);
    const last = this.columns[Math.min(count, measured) - 1];
    for (let j = measured; last && j < this.columns.length; j++)
      this.columns[j]!.residual = Math.min(
        1,
        Math.max(this.columns[j]!.residual === 1 ? last.residual : 0, last.residual),
      );
  }

  private leadingConverged(wanted: number): number {
    let count = 0;
    while (count < Math.min(wanted, this.columns.length) && this.columns[count]!.residual <= this.options.tolerance)
      count++;
    return count;
  }

  /** Moves the first columns of the block to the locked panels; the block's last columns take their places. */
  private async lock(count: number): Promise<void> {
    if (count === 0) return;
    const { workspace } = this;
    for (let j = 0; j < count; j++) {
      const column = this.locked.length % panelWidth;
      if (column === 0) this.lockedPanels.push(await this.emptyPanel());
      const panel = this.lockedPanels.at(-1)!;
      await workspace.copyColumns(this.active[Math.floor(j / panelWidth)]!, j % panelWidth, panel, column, 1);
      this.locked.push({ ...this.columns[j]!, panel, column });
    }
    await workspace.setLocked(this.lockedPanels);
    const size = this.columns.length;
    const kept = size - count;
    // Holes at 0 … count − 1 that lie before the new end are filled from behind it.
    for (let hole = 0, from = size - 1; hole < Math.min(count, kept); hole++, from--) {
      await workspace.copyColumns(
        this.active[Math.floor(from / panelWidth)]!,
        ...([from % panelWidth, this.active[Math.floor(hole / panelWidth)]!, hole % panelWidth, 1] as const),
      );
      this.columns[hole] = this.columns[from]!;
    }
    this.columns.length = kept;
    const panels = Math.ceil(kept / panelWidth);
    for (const panel of this.active.splice(panels)) workspace.give(panel);
    await this.padLastPanel(kept);
  }

  private async padLastPanel(kept: number): Promise<void> {
    if (kept % panelWidth !== 0) await this.refill(kept);
    const value = Math.min(...this.columns.map((column) => column.value), 1);
    while (this.columns.length < this.active.length * panelWidth) this.columns.push({ value, residual: 1 });
  }

  private async emptyPanel(): Promise<Panel> {
    const panel = this.workspace.take();
    this.workspace.content(panel).fill(0);
    return panel;
  }

  /** Grows the block where the next steps would be many, keeps it at least as large as the wanted pairs need. */
  private async resize(): Promise<void> {
    const { workspace } = this;
    if (this.wanted <= 0) return;
    let extra = this.blockPanels() - this.active.length;
    const sorted = this.columns.map(({ value }) => value).sort((a, b) => b - a);
    const target = sorted[Math.min(this.wanted, sorted.length) - 1] ?? 1;
    const residual = Math.max(...this.columns.slice(0, this.wanted).map((column) => column.residual));
    const rate = growthRate(target, this.interval);
    const left = Math.log(residual / this.options.tolerance) / Math.max(rate, 1e-9);
    if (extra <= 0 && this.pass > 2 && left > 120) {
      // The density of Ritz values at the block's end says how much further the cut would move with one panel more.
      const spacing = (sorted.at(-panelWidth) ?? 0) - sorted.at(-1)!;
      const further = { ...this.interval, cut: Math.max(this.interval.low + 1e-3, this.interval.cut - 0.6 * spacing) };
      const cost = (sorted.length + panelWidth) / sorted.length;
      if (left > 600 || growthRate(target, further) > 1.1 * cost * rate) extra = left > 600 ? 2 : 1;
    }
    for (; extra > 0 && workspace.available > 2; extra--) await this.addRandomPanel(this.interval.cut);
  }

  /**
   * Looks for an eigenvalue that was missed: fresh random vectors, kept away from all that was found, are filtered
   * until any direction above the last pair would stand out a hundredfold from the √n others, and join the guards in a
   * Rayleigh–Ritz step. What shows above the last pair is iterated to convergence and locked as well.
   */
  private async probe(): Promise<boolean> {
    this.check();
    const { workspace, options } = this;
    const last = this.sorted()[options.count - 1]!.value;
    const margin = Math.max(options.tolerance, 1e-7);
    if (this.interval.cut >= last) this.interval = { ...this.interval, cut: last - Math.max(1e-3, 10 * margin) };
    const needed = Math.log(200 * Math.sqrt(workspace.n));
    const degree = evenDegree(Math.min(longestProbe, needed / Math.max(1e-3, growthRate(last, this.interval))));
    const shown = valueOfRate(needed / degree, this.interval);
    this.resolution = Math.max(margin, shown - last);
    if (workspace.available > 1) {
      await this.addRandomPanel(last);
    } else {
      await this.randomize(this.active.at(-1)!, 0);
      await workspace.deflate(this.active.at(-1)!);
    }
    await this.filter([this.active.at(-1)!], [degree], last);
    this.pass++;
    await this.project();
    let found = false;
    for (;;) {
      const above = this.columns.filter(({ value }) => value > last + margin).length;
      if (above === 0) return !found;
      found = true;
      if (this.pass >= options.passes) return false;
      await this.measure(above);
      const ready = this.leadingConverged(above);
      await this.lock(ready);
      if (ready === above) return false;
      if (this.active.length === 0) return false;
      await this.filterBlock();
      await this.project();
    }
  }
}
