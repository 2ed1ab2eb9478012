// Exact search: blocks of queries against all rows, by rounded rows or by the rows as given.

import { clearLists, insert, keyRow, limitAt, listAt, size } from './knn-lists';
import { distances, groupIds, groupNorms, groupRows, place } from './knn-groups';
import { errorAt, n, normAt, products, rowAt, rowBytes, shareOf, squaredDistance } from './knn-rows';
import { stopped } from './team';

/**
 * Lists of the `count` queries at `queries` (u32 rows; list i is query i's) from rounded rows. `scratch` has for each
 * thread `scratchBytes`: a group of `block` queries (a multiple of 4).
 */
export function knnSearch(
  index: i32,
  threads: i32,
  team: usize,
  queries: usize,
  count: i32,
  norms: usize,
  scratch: usize,
  scratchBytes: usize,
  block: i32,
): void {
  const group = scratch + <usize>index * scratchBytes;
  const capacity = <usize>block;
  const end = shareOf(count, index + 1, threads);
  // A block of rows stays in the first-level cache while the queries pass over it.
  const step = max(4, (<i32>(16384 / rowBytes)) & ~3);
  for (let from = shareOf(count, index, threads); from < end; from += block) {
    const m = min(block, end - from);
    clearLists(from, from + m);
    for (let i = 0; i < m; i++) place(group, capacity, i, load<u32>(queries + ((<usize>(from + i)) << 2)));
    const ids = groupIds(group, capacity);
    const rows = groupRows(group, capacity);
    for (let start = 0; start < n; start += step) {
      const stop = min(n, start + step);
      for (let i = 0; i < m; i += 2) {
        const other = min(i + 1, m - 1);
        const a0 = rows + <usize>i * rowBytes;
        const a1 = rows + <usize>other * rowBytes;
        let limit0 = v128.splat<u32>(limitAt(from + i));
        let limit1 = v128.splat<u32>(limitAt(from + other));
        const norm0 = v128.load32_splat(groupNorms(group) + ((<usize>i) << 2));
        const norm1 = v128.load32_splat(groupNorms(group) + ((<usize>other) << 2));
        for (let j = start; j < stop; j += 4) {
          products(a0, a1, rowAt(j), group);
          const d0 = distances(norm0, norms + ((<usize>j) << 2), group);
          const d1 = distances(norm1, norms + ((<usize>j) << 2), group + 16);
          const near0 = v128.le<u32>(d0, limit0);
          const near1 = v128.le<u32>(d1, limit1);
          if (!v128.any_true(v128.or(near0, near1))) continue;
          v128.store(group + 32, d0);
          if (take(from + i, load<u32>(ids + ((<usize>i) << 2)), j, i32x4.bitmask(near0), group + 32))
            limit0 = v128.splat<u32>(limitAt(from + i));
          if (other == i) continue;
          v128.store(group + 32, d1);
          if (take(from + other, load<u32>(ids + ((<usize>other) << 2)), j, i32x4.bitmask(near1), group + 32))
            limit1 = v128.splat<u32>(limitAt(from + other));
        }
      }
      if (stopped(team)) return;
    }
    atomic.add<i32>(team + 8, m);
  }
}

function take(list: u32, query: u32, j: i32, bits: i32, at: usize): bool {
  let taken = false;
  while (bits) {
    const lane = ctz(bits);
    bits &= bits - 1;
    const row = <u32>(j + lane);
    if (row >= <u32>n || row == query) continue;
    if (insert(list, load<u32>(at + ((<usize>lane) << 2)), row)) taken = true;
  }
  return taken;
}

/** The same from the rows as given, one pair at a time: for queries whose rounded distances lie too close. */
export function knnSearchGiven(index: i32, threads: i32, team: usize, queries: usize, count: i32): void {
  const end = shareOf(count, index + 1, threads);
  for (let i = shareOf(count, index, threads); i < end; i++) {
    clearLists(i, i + 1);
    const query = load<u32>(queries + ((<usize>i) << 2));
    for (let row: u32 = 0; row < <u32>n; row++) {
      if (row == query) continue;
      // Positive singles are ordered as their bits are.
      const distance = reinterpret<u32>(<f32>squaredDistance(query, row));
      if (distance <= limitAt(i)) insert(i, distance, row);
    }
    atomic.add<i32>(team + 8, 1);
    if (stopped(team)) return;
  }
}

/**
 * The `k` nearest of each of `count` lists by distances in double precision: ids (u32) and distances (f32), k each,
 * ascending, ties by row. `sure` (u8) says for each query that no row outside its list can be nearer than the last one:
 * rounded distances differ from scaled ones by at most the two rows' errors. `scratch` has 16 bytes an entry a thread.
 */
export function knnRefine(
  index: i32,
  threads: i32,
  queries: usize,
  count: i32,
  k: i32,
  scale: f64,
  worstError: f64,
  ids: usize,
  found: usize,
  sure: usize,
  scratch: usize,
): void {
  const mine = scratch + ((<usize>(index * size)) << 4);
  const end = shareOf(count, index + 1, threads);
  for (let i = shareOf(count, index, threads); i < end; i++) {
    const query = load<u32>(queries + ((<usize>i) << 2));
    const list = listAt(i);
    let m = 0;
    for (; m < size; m++) {
      const key = load<u64>(list + ((<usize>m) << 3));
      if (key == u64.MAX_VALUE) break;
      const row = keyRow(key);
      const distance = squaredDistance(query, row);
      let at = mine + ((<usize>m) << 4);
      while (at > mine) {
        const before = load<f64>(at - 16);
        if (before < distance || (before == distance && load<u32>(at - 8) < row)) break;
        store<f64>(at, before);
        store<u32>(at, load<u32>(at - 8), 8);
        at -= 16;
      }
      store<f64>(at, distance);
      store<u32>(at, row, 8);
    }
    for (let e = 0; e < k; e++) {
      const at = mine + ((<usize>e) << 4);
      const to = (<usize>i * k + e) << 2;
      store<u32>(ids + to, e < m ? load<u32>(at, 8) : u32.MAX_VALUE);
      store<f32>(found + to, e < m ? <f32>Math.sqrt(load<f64>(at)) : <f32>Infinity);
    }
    const last = Math.sqrt(<f64>(<u32>(load<u64>(list + ((<usize>(size - 1)) << 3)) >> 32)));
    const reach = m < k ? Infinity : scale * Math.sqrt(load<f64>(mine + ((<usize>(k - 1)) << 4)));
    store<u8>(sure + i, m == n - 1 || (m == size && last - <f64>errorAt(query) - worstError >= reach) ? 1 : 0);
  }
}
