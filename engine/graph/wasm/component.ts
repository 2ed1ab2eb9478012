// Dense work on each component of a graph for itself. `bounds` holds the components' row bounds (count + 1 u32); each
// thread takes every threads-th component.

import { rayleighRows } from './apply';
import { gramRows, rotateRows } from './dense';

function bound(bounds: usize, component: i32): i32 {
  return load<u32>(bounds + ((<usize>component) << 2));
}

/** AᵀB of each component: 16 countA × 16 countB f64 each, one after the other at `out`; the upper blocks if symmetric. */
export function componentGram(
  index: i32,
  threads: i32,
  listA: usize,
  countA: i32,
  listB: usize,
  countB: i32,
  symmetric: i32,
  bounds: usize,
  components: i32,
  out: usize,
): void {
  const size = (<usize>(countA * countB)) << 11;
  for (let c = index; c < components; c += threads)
    gramRows(
      listA,
      countA,
      listB,
      countB,
      symmetric != 0,
      bound(bounds, c),
      bound(bounds, c + 1),
      out + <usize>c * size,
    );
}

/** Replaces the panels' rows of each component by rows · C, its own C: 16 count × 16 count f32. */
export function componentRotate(
  index: i32,
  threads: i32,
  list: usize,
  count: i32,
  bounds: usize,
  components: i32,
  coefficients: usize,
  scratch: usize,
): void {
  const temp = scratch + ((<usize>(index * count)) << 12);
  const size = (<usize>(count * count)) << 10;
  for (let c = index; c < components; c += threads)
    rotateRows(list, count, coefficients + <usize>c * size, count, temp, bound(bounds, c), bound(bounds, c + 1));
}

/** The sums of `rayleighRows` over each component: 384 bytes each at `out`. */
export function componentRayleigh(
  index: i32,
  threads: i32,
  x: usize,
  bounds: usize,
  components: i32,
  out: usize,
): void {
  for (let c = index; c < components; c += threads)
    rayleighRows(x, bound(bounds, c), bound(bounds, c + 1), out + <usize>c * 384);
}
