// Groups of rows compared with each other. A group's rows lie side by side in scratch memory at `at`: 32 bytes for
// products, then for `capacity` (a multiple of 4) rows their norms, limits and ids (u32 each), then the rows.

import { insert, limitAt } from './knn-lists';
import { normAt, products, rowAt, rowBytes } from './knn-rows';

export function groupNorms(at: usize): usize {
  return at + 64;
}
export function groupLimits(at: usize, capacity: usize): usize {
  return at + 64 + (capacity << 2);
}
export function groupIds(at: usize, capacity: usize): usize {
  return at + 64 + (capacity << 3);
}
export function groupRows(at: usize, capacity: usize): usize {
  return at + 64 + ((capacity * 12 + 15) & ~15);
}

/** Puts row `id` at place `i` of a group. */
export function place(at: usize, capacity: usize, i: i32, id: u32): void {
  const offset = (<usize>i) << 2;
  store<u32>(groupNorms(at) + offset, normAt(id));
  store<u32>(groupLimits(at, capacity) + offset, limitAt(id));
  store<u32>(groupIds(at, capacity) + offset, id);
  memory.copy(groupRows(at, capacity) + <usize>i * rowBytes, rowAt(id), rowBytes);
}

/** Distances of a row from four: norms − 2 · products. */
export function distances(norm: v128, norms: usize, productsAt: usize): v128 {
  return i32x4.sub(i32x4.add(norm, v128.load(norms)), i32x4.shl(v128.load(productsAt), 1));
}

/** Compares all rows of a group of m with each other and puts what is near into their lists. */
export function compareAll(at: usize, capacity: usize, m: i32): void {
  const norms = groupNorms(at);
  const limits = groupLimits(at, capacity);
  const ids = groupIds(at, capacity);
  const rows = groupRows(at, capacity);
  for (let i = 0; i < m; i += 2) {
    const other = min(i + 1, m - 1);
    const a0 = rows + <usize>i * rowBytes;
    const a1 = rows + <usize>other * rowBytes;
    for (let j = i & ~3; j < m; j += 4) {
      products(a0, a1, rows + <usize>j * rowBytes, at);
      compareRow(at, norms, limits, ids, i, j, m, at);
      if (other > i) compareRow(at, norms, limits, ids, other, j, m, at + 16);
    }
  }
}

/** Row i against rows j … j + 3, of which those behind i and before m count. */
function compareRow(
  at: usize,
  norms: usize,
  limits: usize,
  ids: usize,
  i: i32,
  j: i32,
  m: i32,
  productsAt: usize,
): void {
  const offset = (<usize>i) << 2;
  const there = (<usize>j) << 2;
  const d4 = distances(v128.load32_splat(norms + offset), norms + there, productsAt);
  const own = v128.le<u32>(d4, v128.load32_splat(limits + offset));
  const theirs = v128.le<u32>(d4, v128.load(limits + there));
  const near = v128.or(own, theirs);
  if (!v128.any_true(near)) return;
  v128.store(at + 32, d4);
  const id = load<u32>(ids + offset);
  let bits = i32x4.bitmask(near);
  while (bits) {
    const lane = ctz(bits);
    bits &= bits - 1;
    const k = j + lane;
    if (k <= i || k >= m) continue;
    const distance = load<u32>(at + 32 + ((<usize>lane) << 2));
    const to = (<usize>k) << 2;
    const neighbour = load<u32>(ids + to);
    if (distance <= load<u32>(limits + offset) && insert(id, distance, neighbour))
      store<u32>(limits + offset, limitAt(id));
    if (distance <= load<u32>(limits + to) && insert(neighbour, distance, id))
      store<u32>(limits + to, limitAt(neighbour));
  }
}
