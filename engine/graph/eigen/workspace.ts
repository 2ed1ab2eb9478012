import type { Components } from '../components';
import type { NormalizedGraph } from './normalized';
import { componentOrder, neighbourOrder } from './order';
import { fillSlabs, slabCount } from './slabs';
import { Team } from './team';

/** Address of a panel: n × 16 f32 in the kernels' memory. */
export type Panel = number;

export const panelWidth = 16;
const align = 64;
/** What the kernel `rayleigh` gives each thread. */
const rayleighBytes = 384;

/** Where a vector lies. */
export interface StoredColumn {
  readonly panel: Panel;
  readonly column: number;
  /** The component that the vector is zero outside of, where its column holds others' vectors there. */
  readonly component?: number;
}

export interface WorkspaceSize {
  /** Panels at hand, one of them kept as the filter's spare. */
  readonly panels: number;
  /** Panels of a block that is worked on component by component; 0 where none is. */
  readonly divided?: number;
  readonly workers: number;
}

/** What `rayleigh` tells of a column x: xᵀĀx/xᵀx, ‖Āx − θx‖/‖x‖ and ‖x‖. */
export interface Measured {
  readonly value: number;
  readonly residual: number;
  readonly norm: number;
}

function measured(sums: Float64Array, j: number): Measured {
  const [xa, aa, xx] = [sums[j]!, sums[panelWidth + j]!, sums[2 * panelWidth + j]!];
  const value = xa / xx;
  return { value, residual: Math.sqrt(Math.max(0, aa / xx - value * value)), norm: Math.sqrt(xx) };
}

/** Fills the lower triangle of an n × n matrix from the upper one. */
function mirror(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[i * n + j] = matrix[j * n + i]!;
}

/** Bytes that the kernels' memory takes for a graph. */
export function workspaceBytes(normalized: NormalizedGraph, { panels, divided = 0, workers }: WorkspaceSize): number {
  const { nodes: n, columns } = normalized.graph;
  const { weighted } = normalized.components;
  const threads = Math.max(1, workers);
  const m = panels * panelWidth;
  const matrix = slabCount(n) * (n + 1) * 4 + columns.length * 8 + n * 8;
  const scratch =
    threads * (m * m * 8 + rayleighBytes + panels * 4096 + panels * 3072 + 1024 + weighted * 192) +
    m * m * 4 +
    weighted * ((divided * panelWidth) ** 2 * 8 + 4);
  return matrix + (panels + 1) * n * 64 + scratch + 64 * 1024;
}

/**
 * The matrix Ā and panels of vectors in the kernels' memory, and the operations on them. Rows of both stand in
 * an order that keeps neighbours together: what a row of Ā gathers is then mostly in a cache.
 */
export class Workspace {
  readonly team: Team;
  readonly n: number;
  /** Node of each row. */
  private readonly order: Uint32Array;
  private next = align;
  private readonly free: Panel[] = [];
  private readonly spare: Panel;
  private readonly state: number;
  private readonly list: number;
  private readonly otherList: number;
  private readonly degreesAt: number;
  private readonly scratch: number;
  private readonly coefficients: number;
  private readonly labels: number;
  private readonly roots: number;
  private readonly sums: number;
  private readonly overlaps: number;
  private readonly lockedList: number;
  private readonly bounds: number;
  private readonly byComponent: number;
  private locked: readonly Panel[] = [];

  private constructor(
    private readonly normalized: NormalizedGraph,
    size: WorkspaceSize,
  ) {
    const { n, weighted } = { n: normalized.graph.nodes, weighted: normalized.components.weighted };
    this.n = n;
    this.order = componentOrder(neighbourOrder(normalized.graph), normalized.components);
    this.team = new Team(workspaceBytes(normalized, size), size.workers);
    const { threads } = this.team;
    const m = size.panels * panelWidth;
    this.state = this.allocate(16);
    this.list = this.allocate(size.panels * 4);
    this.otherList = this.allocate(size.panels * 4);
    this.lockedList = this.allocate(size.panels * 4);
    this.degreesAt = this.allocate(size.panels * 4);
    this.scratch = this.allocate(threads * Math.max(m * m * 8, rayleighBytes, size.panels * 4096));
    this.coefficients = this.allocate(m * m * 4);
    this.overlaps = this.allocate(threads * (size.panels * 3072 + 64));
    this.labels = this.allocate(n * 4);
    this.roots = this.allocate(n * 4);
    this.sums = this.allocate(threads * weighted * 192);
    this.bounds = this.allocate((weighted + 1) * 4);
    this.byComponent = this.allocate(weighted * ((size.divided ?? 0) * panelWidth) ** 2 * 8);
    this.spare = this.allocate(n * 64);
    for (let i = 0; i < size.panels; i++) this.free.push(this.allocate(n * 64));
  }

  static async create(normalized: NormalizedGraph, size: WorkspaceSize): Promise<Workspace> {
    const workspace = new Workspace(normalized, size);
    try {
      await workspace.storeMatrix();
      workspace.storeBounds();
      await workspace.setLocked([]);
    } catch (error) {
      await workspace.close();
      throw error;
    }
    return workspace;
  }

  private allocate(bytes: number): number {
    const at = this.next;
    this.next += Math.ceil(bytes / align) * align;
    if (this.next > this.team.memory.buffer.byteLength) throw new Error('The workspace was sized too small.');
    return at;
  }

  private floats(at: number, length: number): Float32Array {
    return new Float32Array(this.team.memory.buffer, at, length);
  }

  private doubles(at: number, length: number): Float64Array {
    return new Float64Array(this.team.memory.buffer, at, length);
  }

  private words(at: number, length: number): Uint32Array {
    return new Uint32Array(this.team.memory.buffer, at, length);
  }

  /** Ā by column slabs, as the kernels want it. */
  private async storeMatrix(): Promise<void> {
    const { graph, unitRoots, components } = this.normalized;
    const { n, order } = this;
    const nonzeros = graph.columns.length;
    const slabs = slabCount(n);
    const startsAt = this.allocate(slabs * (n + 1) * 4);
    const columnsAt = this.allocate(nonzeros * 4);
    const valuesAt = this.allocate(nonzeros * 4);
    fillSlabs(this.normalized, order, {
      starts: this.words(startsAt, slabs * (n + 1)),
      columns: this.words(columnsAt, nonzeros),
      values: this.floats(valuesAt, nonzeros),
    });
    const { threads } = this.team;
    const rangesAt = this.allocate((threads + 1) * 4);
    const ranges = this.words(rangesAt, threads + 1);
    const weight = (row: number) => graph.starts[order[row]! + 1]! - graph.starts[order[row]!]! + 4;
    for (let t = 1, row = 0, before = 0; t < threads; t++) {
      while (row < n && before < ((nonzeros + n * 4) * t) / threads) before += weight(row++);
      ranges[t] = row;
    }
    ranges[threads] = n;
    const labels = this.words(this.labels, n);
    const roots = this.floats(this.roots, n);
    order.forEach((node, row) => {
      roots[row] = unitRoots[node]!;
      // Isolated nodes have root 0 and may point anywhere: their own component is not among the weighted ones.
      labels[row] = unitRoots[node] === 0 ? 0 : components.labels[node]!;
    });
    await this.team.run('setMatrix', n, slabs, startsAt, columnsAt, valuesAt, rangesAt);
  }

  /** Where each weighted component's rows begin, and where the last one's end. */
  private storeBounds(): void {
    const { sizes, weighted } = this.normalized.components;
    const bounds = this.words(this.bounds, weighted + 1);
    for (let c = 0; c < weighted; c++) bounds[c + 1] = bounds[c]! + sizes[c]!;
  }

  /** A panel to write to. Throws when all are taken: ask `available` first. */
  take(): Panel {
    const panel = this.free.pop();
    if (panel === undefined) throw new Error('No panel is left.');
    return panel;
  }

  give(panel: Panel): void {
    this.free.push(panel);
  }

  get components(): Components {
    return this.normalized.components;
  }

  get available(): number {
    return this.free.length;
  }

  /** Panels of eigenvectors that are kept out of all filtered panels from now on, beside the components' ones. */
  async setLocked(panels: readonly Panel[]): Promise<void> {
    this.locked = panels;
    this.words(this.lockedList, panels.length).set(panels);
    await this.team.run(
      'setKnown',
      ...[this.n, this.normalized.components.weighted, this.labels, this.roots, this.sums],
      ...[this.lockedList, this.locked.length, this.overlaps],
    );
  }

  async deflate(panel: Panel): Promise<void> {
    await this.team.run('deflate', this.state, panel);
  }

  /** Fills a panel's columns from `column` on with random numbers. */
  async randomize(panel: Panel, column: number, seed: number): Promise<void> {
    await this.team.run('randomize', this.n, panel, column, seed | 0);
  }

  async copyColumns(
    source: Panel,
    sourceColumn: number,
    target: Panel,
    targetColumn: number,
    count: number,
  ): Promise<void> {
    await this.team.run('copyColumns', this.n, source, sourceColumn, target, targetColumn, count);
  }

  /** spare = Ā · panel; the spare's address is returned and holds until the next operation. */
  async image(panel: Panel): Promise<Panel> {
    await this.team.run('apply', panel, panel, this.spare, 1, 0, 0);
    return this.spare;
  }

  /** target = scale · Ā x + back · z */
  async step(x: Panel, z: Panel, target: Panel, scale: number, back: number): Promise<void> {
    await this.team.run('apply', x, z, target, scale, 0, back);
  }

  /** Filters every panel in place, each with its own even degree. */
  async filter(
    panels: readonly Panel[],
    degrees: readonly number[],
    interval: { low: number; cut: number; top: number },
    period: number,
  ): Promise<void> {
    this.words(this.list, panels.length).set(panels);
    this.words(this.degreesAt, panels.length).set(degrees);
    const { low, cut, top } = interval;
    await this.team.run(
      'filter',
      ...[this.state, this.list, panels.length, this.degreesAt, this.spare, low, cut, top, period],
    );
  }

  /** Σ a·b over all elements of two panels, in double precision. */
  async dot(a: Panel, b: Panel): Promise<number> {
    await this.team.run('dots', this.n, a, b, this.scratch);
    return this.doubles(this.scratch, this.team.threads * panelWidth).reduce((sum, part) => sum + part, 0);
  }

  /** AᵀB, 16a × 16b, row-major. With `symmetric` (A = B as lists) both triangles are filled from one. */
  async gram(a: readonly Panel[], b: readonly Panel[], symmetric = false): Promise<Float64Array> {
    this.words(this.list, a.length).set(a);
    this.words(this.otherList, b.length).set(b);
    await this.team.run(
      'gram',
      ...[this.n, this.list, a.length, this.otherList, b.length, symmetric ? 1 : 0, this.scratch],
    );
    const columns = b.length * panelWidth;
    const size = a.length * panelWidth * columns;
    const sum = new Float64Array(size);
    for (let t = 0; t < this.team.threads; t++) {
      const part = this.doubles(this.scratch + t * size * 8, size);
      for (let i = 0; i < size; i++) sum[i]! += part[i]!;
    }
    if (symmetric) mirror(sum, columns);
    return sum;
  }

  /** Replaces the panels by their combinations: C is 16·panels × 16·outPanels, row-major; the first ones hold them. */
  async rotate(panels: readonly Panel[], combination: Float64Array, outPanels = panels.length): Promise<void> {
    this.words(this.list, panels.length).set(panels);
    this.floats(this.coefficients, combination.length).set(combination);
    await this.team.run('rotate', this.n, this.list, panels.length, this.coefficients, outPanels, this.scratch);
  }

  /**
   * For each of a panel's columns x, in double precision: Rayleigh quotient xᵀĀx/xᵀx, residual ‖Āx − θx‖/‖x‖ and ‖x‖.
   */
  async rayleigh(panel: Panel): Promise<Measured[]> {
    await this.team.run('rayleigh', panel, this.scratch);
    const sums = new Float64Array(48);
    for (let t = 0; t < this.team.threads; t++)
      this.doubles(this.scratch + t * rayleighBytes, 48).forEach((part, i) => (sums[i]! += part));
    return Array.from({ length: panelWidth }, (_, j) => measured(sums, j));
  }

  /** AᵀB over the rows of each weighted component, one after the other; see `gram`. */
  async componentGram(a: readonly Panel[], b: readonly Panel[], symmetric = false): Promise<Float64Array> {
    this.words(this.list, a.length).set(a);
    this.words(this.otherList, b.length).set(b);
    const { weighted } = this.normalized.components;
    await this.team.run(
      'componentGram',
      ...[this.list, a.length, this.otherList, b.length, symmetric ? 1 : 0],
      ...[this.bounds, weighted, this.byComponent],
    );
    const columns = b.length * panelWidth;
    const size = a.length * panelWidth * columns;
    const all = this.doubles(this.byComponent, weighted * size).slice();
    if (symmetric) for (let at = 0; at < all.length; at += size) mirror(all.subarray(at, at + size), columns);
    return all;
  }

  /** `rotate` with combinations of its own for each weighted component, one after the other. */
  async componentRotate(panels: readonly Panel[], combinations: Float32Array): Promise<void> {
    this.words(this.list, panels.length).set(panels);
    this.floats(this.byComponent, combinations.length).set(combinations);
    await this.team.run(
      'componentRotate',
      ...[this.list, panels.length, this.bounds, this.normalized.components.weighted],
      ...[this.byComponent, this.scratch],
    );
  }

  /** `rayleigh` of the part of each column that lies in a component: 16 for each weighted one. */
  async componentRayleigh(panel: Panel): Promise<Measured[][]> {
    const { weighted } = this.normalized.components;
    await this.team.run('componentRayleigh', panel, this.bounds, weighted, this.byComponent);
    return Array.from({ length: weighted }, (_, c) => {
      const sums = this.doubles(this.byComponent + c * rayleighBytes, 48);
      return Array.from({ length: panelWidth }, (__, j) => measured(sums, j));
    });
  }

  /** Fills a panel with zeros. */
  clear(panel: Panel): void {
    this.floats(panel, this.n * panelWidth).fill(0);
  }

  /** Copies columns of panels to columns of `target` from `first` on: n × width, row-major, its rows the graph's nodes. */
  read(columns: readonly StoredColumn[], target: Float32Array, width: number, first: number): void {
    const all = this.floats(0, this.team.memory.buffer.byteLength / 4);
    const bounds = this.words(this.bounds, this.normalized.components.weighted + 1);
    const from = Uint32Array.from(columns, ({ panel, column }) => panel / 4 + column);
    const starts = Uint32Array.from(columns, ({ component }) => (component === undefined ? 0 : bounds[component]!));
    const ends = Uint32Array.from(columns, ({ component }) =>
      component === undefined ? this.n : bounds[component + 1]!,
    );
    this.order.forEach((node, row) => {
      for (let i = 0; i < from.length; i++)
        if (row >= starts[i]! && row < ends[i]!) target[node * width + first + i] = all[from[i]! + row * panelWidth]!;
    });
  }

  /** Steps that filters have done since the start. */
  get stepsDone(): number {
    return Atomics.load(new Int32Array(this.team.memory.buffer, this.state, 4), 2);
  }

  /** Lets a filter in progress return early. */
  stop(): void {
    Atomics.store(new Int32Array(this.team.memory.buffer, this.state, 4), 3, 1);
  }

  async close(): Promise<void> {
    await this.team.close();
  }
}
