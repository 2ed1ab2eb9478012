import type { FoundPair } from './contract';
import { orthogonalization, rayleighRitz } from './rayleigh-ritz';
import { panelWidth, type Panel, type Workspace } from './workspace';

/** What is known of a column of the block. */
export interface Column {
  /** Ritz value, or a guess. */
  value: number;
  /** ‖Āx − θx‖, measured or predicted. */
  residual: number;
}

/** The vectors of a subspace iteration: an active block, and locked eigenvectors that all else is kept orthogonal to. */
export class Block {
  panels: Panel[] = [];
  columns: Column[] = [];
  readonly locked: FoundPair[] = [];
  private readonly lockedPanels: Panel[] = [];
  private draws = 0;

  constructor(
    private readonly workspace: Workspace,
    private readonly seed: number,
  ) {}

  get size(): number {
    return this.columns.length;
  }

  /** Locked pairs, descending. */
  get pairs(): FoundPair[] {
    return [...this.locked].sort((a, b) => b.value - a.value);
  }

  /** Random numbers in a panel's columns from `column` on, orthogonal to all that is known. */
  async randomize(panel: Panel, column = 0): Promise<void> {
    const seed = Math.imul(this.seed + 1, 0x9e3779b1) + Math.imul(0x85ebca6b, ++this.draws);
    await this.workspace.randomize(panel, column, seed);
    await this.workspace.deflate(panel);
  }

  async addRandomPanel(value: number): Promise<void> {
    const panel = this.workspace.take();
    await this.randomize(panel);
    this.panels.push(panel);
    for (let j = 0; j < panelWidth; j++) this.columns.push({ value, residual: 1 });
  }

  /** Rayleigh–Ritz; directions that are lost are drawn anew. Returns how many remained. */
  async project(): Promise<number> {
    const { workspace, panels } = this;
    const m = panels.length * panelWidth;
    let overlap = await workspace.gram(panels, panels, true);
    const orthogonal = orthogonalization(overlap, m);
    if (orthogonal) {
      await workspace.rotate(panels, orthogonal);
      overlap = await workspace.gram(panels, panels, true);
    }
    const image = new Float64Array(m * m);
    for (let q = 0; q < panels.length; q++) {
      // The upper triangle is enough: Ā is symmetric.
      const part = await workspace.gram(panels.slice(0, q + 1), [await workspace.image(panels[q]!)]);
      for (let i = 0; i < (q + 1) * panelWidth; i++)
        for (let j = 0; j < panelWidth; j++) {
          const column = q * panelWidth + j;
          if (i <= column) image[i * m + column] = image[column * m + i] = part[i * panelWidth + j]!;
        }
    }
    const { values, combination, rank } = rayleighRitz(overlap, image, m);
    await workspace.rotate(panels, combination);
    const last = values[rank - 1] ?? -1;
    this.columns = Array.from({ length: m }, (_, j) => ({
      value: j < rank ? values[j]! : last,
      residual: this.columns[j]?.residual ?? 1,
    }));
    await this.randomizeFrom(rank);
    return rank;
  }

  /** Random vectors in the block's columns from `from` on. */
  private async randomizeFrom(from: number): Promise<void> {
    for (let p = Math.floor(from / panelWidth); p < this.panels.length; p++)
      await this.randomize(this.panels[p]!, Math.max(0, from - p * panelWidth));
    for (let j = from; j < this.columns.length; j++) this.columns[j]!.residual = 1;
  }

  /** Rayleigh quotients and residuals of a panel's columns, in double precision. */
  async measure(p: number): Promise<void> {
    const measured = await this.workspace.rayleigh(this.panels[p]!);
    measured.forEach(({ value, residual, norm }, j) => {
      // A column that has just been drawn anew is no Ritz vector.
      if (norm > 0.5 && norm < 2) Object.assign(this.columns[p * panelWidth + j]!, { value, residual });
    });
  }

  /** Moves the first columns to the locked ones, the rest up, and draws what is missing of the last panel anew. */
  async lock(count: number): Promise<void> {
    if (count === 0) return;
    const { workspace } = this;
    for (let j = 0; j < count;) {
      const column = this.locked.length % panelWidth;
      if (column === 0) this.lockedPanels.push(await this.emptyPanel());
      const panel = this.lockedPanels.at(-1)!;
      const from = j % panelWidth;
      const run = Math.min(count - j, panelWidth - from, panelWidth - column);
      await workspace.copyColumns(this.panels[Math.floor(j / panelWidth)]!, from, panel, column, run);
      for (let i = 0; i < run; i++) this.locked.push({ ...this.columns[j + i]!, panel, column: column + i });
      j += run;
    }
    await workspace.setLocked(this.lockedPanels);
    await this.dropFirst(count);
  }

  private async dropFirst(count: number): Promise<void> {
    const { workspace, panels } = this;
    // Whole panels are dropped by name, the rest of the columns moves up.
    for (const panel of panels.splice(0, Math.floor(count / panelWidth))) workspace.give(panel);
    this.columns.splice(0, count);
    const shift = count % panelWidth;
    if (shift > 0) {
      for (let p = 0; p < panels.length; p++) {
        await workspace.copyColumns(panels[p]!, shift, panels[p]!, 0, panelWidth - shift);
        if (p + 1 < panels.length)
          await workspace.copyColumns(panels[p + 1]!, 0, panels[p]!, panelWidth - shift, shift);
      }
    }
    const kept = this.columns.length;
    for (const panel of panels.splice(Math.ceil(kept / panelWidth))) workspace.give(panel);
    const value = this.columns.at(-1)?.value ?? -1;
    while (this.columns.length < panels.length * panelWidth) this.columns.push({ value, residual: 1 });
    if (kept < this.columns.length) await this.randomizeFrom(kept);
  }

  private async emptyPanel(): Promise<Panel> {
    const panel = this.workspace.take();
    this.workspace.clear(panel);
    return panel;
  }
}
