import { multiplyAdd64 } from '../../linear/wasm/multiply-add';
import { apply } from './apply';
import { addCombination, gramRows } from './dense';
import { barrier, firstRow, stopped } from './team';

// What is known already and kept out of the panels, set once by every thread (the locked list also as it grows).
let n: i32 = 0;
let components: i32 = 0;
let labels: usize = 0;
let roots: usize = 0;
let sums: usize = 0;
let locked: usize = 0;
let lockedCount: i32 = 0;
let overlaps: usize = 0;

/**
 * `labels` (u32) names each node's component and `roots` (f32) is its entry in the component's unit eigenvector
 * √(d_i / volume), eigenvalue 1; isolated nodes have root 0. `sums` gives each thread 192 bytes a component.
 * `locked` lists panels of converged eigenvectors; `overlaps` gives each thread 3072 bytes a locked panel.
 */
export function setKnown(
  index: i32,
  threads: i32,
  nodes: i32,
  componentCount: i32,
  labelsAt: usize,
  rootsAt: usize,
  sumsAt: usize,
  lockedAt: usize,
  lockedPanels: i32,
  overlapsAt: usize,
): void {
  n = nodes;
  components = componentCount;
  labels = labelsAt;
  roots = rootsAt;
  sums = sumsAt;
  locked = lockedAt;
  lockedCount = lockedPanels;
  overlaps = overlapsAt;
}

/** Takes the components' eigenvectors out of a panel. */
function deflateComponents(index: i32, threads: i32, team: usize, panel: usize): void {
  const size = (<usize>components) << 7;
  const partial = sums + <usize>index * size;
  memory.fill(partial, 0, size);
  const from = firstRow(n, index, threads);
  const to = firstRow(n, index + 1, threads);
  for (let row = from; row < to; row++) {
    const root = f64x2.splat(<f64>load<f32>(roots + ((<usize>row) << 2)));
    const x = panel + ((<usize>row) << 6);
    const sum = partial + ((<usize>load<u32>(labels + ((<usize>row) << 2))) << 7);
    for (let j: usize = 0; j < 4; j++) {
      const value = v128.load(x + (j << 4));
      const at = sum + (j << 5);
      v128.store(at, multiplyAdd64(root, f64x2.promote_low_f32x4(value), v128.load(at)));
      const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(value, value, 2, 3, 2, 3));
      v128.store(at, multiplyAdd64(root, high, v128.load(at, 16)), 16);
    }
  }
  barrier(team, threads);
  const total = sums + <usize>threads * size + ((<usize>index * size) >> 1);
  for (let i: usize = 0; i < (<usize>components) << 4; i++) {
    let sum = 0.0;
    for (let t = 0; t < threads; t++) sum += load<f64>(sums + <usize>t * size + (i << 3));
    store<f32>(total + (i << 2), <f32>sum);
  }
  for (let row = from; row < to; row++) {
    const root = v128.load32_splat(roots + ((<usize>row) << 2));
    const x = panel + ((<usize>row) << 6);
    const sum = total + ((<usize>load<u32>(labels + ((<usize>row) << 2))) << 6);
    for (let j: usize = 0; j < 64; j += 16)
      v128.store(x + j, f32x4.sub(v128.load(x + j), f32x4.mul(root, v128.load(sum + j))));
  }
  barrier(team, threads);
}

/** Takes the locked eigenvectors out of a panel. */
function deflateLocked(index: i32, threads: i32, team: usize, panel: usize): void {
  const size = (<usize>lockedCount) << 11;
  const mine = overlaps + <usize>index * size;
  const from = firstRow(n, index, threads);
  const to = firstRow(n, index + 1, threads);
  // The panel's own address as a list of one, behind all overlaps.
  const single = overlaps + <usize>threads * (size + (size >> 1)) + ((<usize>index) << 6);
  store<u32>(single, <u32>panel);
  gramRows(locked, lockedCount, single, 1, false, from, to, mine);
  barrier(team, threads);
  const total = overlaps + <usize>threads * size + <usize>index * (size >> 1);
  for (let i: usize = 0; i < (<usize>lockedCount) << 8; i++) {
    let sum = 0.0;
    for (let t = 0; t < threads; t++) sum += load<f64>(overlaps + <usize>t * size + (i << 3));
    store<f32>(total + (i << 2), <f32>-sum);
  }
  addCombination(locked, lockedCount, total, panel, from, to);
  barrier(team, threads);
}

/** Takes everything known out of a panel, by all threads together. */
export function deflate(index: i32, threads: i32, team: usize, panel: usize): void {
  if (components > 0) deflateComponents(index, threads, team, panel);
  if (lockedCount > 0) deflateLocked(index, threads, team, panel);
}

/**
 * Chebyshev filter on each listed panel, in place: degree (even, its own for each panel) in Ā over the unwanted
 * interval [low, cut], scaled so that an eigenvalue at `top` keeps its size (Zhou, Saad, Tiago and Chelikowsky 2006,
 * algorithm 3.1). What is known is taken out again every `period` steps: its rounding noise grows fastest.
 * `spare` is one more panel. Returns early when stopped.
 */
export function filter(
  index: i32,
  threads: i32,
  team: usize,
  list: usize,
  count: i32,
  degrees: usize,
  spare: usize,
  low: f64,
  cut: f64,
  top: f64,
  period: i32,
): void {
  const center = (low + cut) / 2;
  const half = (cut - low) / 2;
  const first = half / (top - center);
  for (let p = 0; p < count; p++) {
    const degree = load<i32>(degrees + ((<usize>p) << 2));
    if (degree == 0) continue;
    let older = <usize>load<u32>(list + ((<usize>p) << 2));
    let newer = spare;
    let sigma = first;
    apply(index, threads, older, older, newer, <f32>(sigma / half), <f32>((-center * sigma) / half), 0);
    barrier(team, threads);
    for (let step = 2; step <= degree; step++) {
      const next = 1 / (2 / first - sigma);
      const scale = (2 * next) / half;
      apply(index, threads, newer, older, older, <f32>scale, <f32>(-center * scale), <f32>(-sigma * next));
      barrier(team, threads);
      const swap = older;
      older = newer;
      newer = swap;
      sigma = next;
      if (step == degree || step % period == 0) {
        deflate(index, threads, team, newer);
        if (step < degree) deflate(index, threads, team, older);
      }
      if (index == 0) atomic.add<i32>(team + 8, 1);
      // All threads must see the same answer, so they look between two barriers.
      if (step % 8 == 0) {
        const stop = stopped(team);
        barrier(team, threads);
        if (stop) return;
      }
    }
  }
}
