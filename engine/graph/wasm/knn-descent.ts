// Nearest-neighbour descent (Dong, Charikar and Li 2011): neighbours of a neighbour are likely neighbours. Each round
// compares, for every row, its new neighbours and the rows that it is a new neighbour of with each other and with the
// old ones. Rounds go by blocks of rows: a block's finds are made with the limits as they were before it, then sorted
// into the lists, each by the thread that owns the list. So the result is the same for any number of threads.

import { insert, keyRow, limitAt, listAt, size } from './knn-lists';
import { distances, groupIds, groupLimits, groupNorms, groupRows, place } from './knn-groups';
import { n, products, rowBytes, shareOf } from './knn-rows';
import { randomWord } from './knn-trees';
import { barrier, stopped } from './team';

/** Keeps the `limit` smallest of the different keys offered, ascending; `at` is a count (8 bytes) and the keys (u64). */
function offer(at: usize, limit: i32, key: u64): void {
  const count = load<i32>(at);
  const keys = at + 8;
  const end = keys + ((<usize>count) << 3);
  if (count == limit && load<u64>(end - 8) <= key) return;
  let place = end;
  while (place > keys && load<u64>(place - 8) > key) place -= 8;
  if (place > keys && load<u64>(place - 8) == key) return;
  const last = count == limit ? end - 8 : end;
  memory.copy(place + 8, place, last - place);
  store<u64>(place, key);
  if (count < limit) store<i32>(at, count + 1);
}

/**
 * Candidates of the thread's rows: up to `limit` new and `limit` old ones each, drawn from the `used` nearest of each
 * list and their reverse.
 */
function choose(index: i32, threads: i32, seed: u32, used: i32, limit: i32, news: usize, olds: usize): void {
  const bytes = 8 + ((<usize>limit) << 3);
  const from = <u32>shareOf(n, index, threads);
  const to = <u32>shareOf(n, index + 1, threads);
  for (let i = from; i < to; i++) {
    store<i32>(news + <usize>i * bytes, 0);
    store<i32>(olds + <usize>i * bytes, 0);
  }
  for (let i: u32 = 0; i < <u32>n; i++) {
    const list = listAt(i);
    const own = i >= from && i < to;
    for (let e: usize = 0; e < <usize>used; e++) {
      const key = load<u64>(list + (e << 3));
      if (key == u64.MAX_VALUE) break;
      const j = keyRow(key);
      const theirs = j >= from && j < to;
      if (!own && !theirs) continue;
      const base = key & 1 ? news : olds;
      // One draw for both directions.
      const draw = (<u64>randomWord(seed + min(i, j), max(i, j))) << 32;
      if (own) offer(base + <usize>i * bytes, limit, draw | j);
      if (theirs) offer(base + <usize>j * bytes, limit, draw | i);
    }
  }
}

/** Takes the mark "new" from the entries of the thread's lists that are among the candidates. */
function age(index: i32, threads: i32, used: i32, limit: i32, news: usize): void {
  const bytes = 8 + ((<usize>limit) << 3);
  const to = shareOf(n, index + 1, threads);
  for (let i = shareOf(n, index, threads); i < to; i++) {
    const list = listAt(i);
    const at = news + <usize>i * bytes;
    const count = load<i32>(at);
    for (let e: usize = 0; e < <usize>used; e++) {
      const key = load<u64>(list + (e << 3));
      if (key == u64.MAX_VALUE) break;
      if (!(key & 1)) continue;
      const row = keyRow(key);
      for (let c: usize = 1; c <= <usize>count; c++) {
        if (<u32>load<u64>(at + (c << 3)) == row) {
          store<u64>(list + (e << 3), key & ~1);
          break;
        }
      }
    }
  }
}

/** Puts candidates into a group from place `m` on. */
function gather(at: usize, group: usize, capacity: usize, m: i32): i32 {
  const count = load<i32>(at);
  for (let c: usize = 1; c <= <usize>count; c++) place(group, capacity, m++, <u32>load<u64>(at + (c << 3)));
  return m;
}

/** Finds among a group whose first `fresh` of m rows are new; 12 bytes each to `out`. Returns its end. */
function join(group: usize, capacity: usize, fresh: i32, m: i32, out: usize): usize {
  const norms = groupNorms(group);
  const limits = groupLimits(group, capacity);
  const ids = groupIds(group, capacity);
  const rows = groupRows(group, capacity);
  for (let i = 0; i < fresh; i += 2) {
    const pair = min(i + 1, fresh - 1);
    const a0 = rows + <usize>i * rowBytes;
    const a1 = rows + <usize>pair * rowBytes;
    for (let j = i & ~3; j < m; j += 4) {
      products(a0, a1, rows + <usize>j * rowBytes, group);
      const there = (<usize>j) << 2;
      for (let half = 0; half < 1 + <i32>(pair > i); half++) {
        const own = (<usize>(i + half)) << 2;
        const d4 = distances(v128.load32_splat(norms + own), norms + there, group + ((<usize>half) << 4));
        const near = v128.or(
          v128.le<u32>(d4, v128.load32_splat(limits + own)),
          v128.le<u32>(d4, v128.load(limits + there)),
        );
        let bits = i32x4.bitmask(near);
        if (!bits) continue;
        v128.store(group + 32, d4);
        const id = load<u32>(ids + own);
        while (bits) {
          const lane = ctz(bits);
          bits &= bits - 1;
          const k = j + lane;
          if (k <= i + half || k >= m) continue;
          const other = load<u32>(ids + ((<usize>k) << 2));
          // A row may be a new and an old candidate at once.
          if (other == id) continue;
          store<u32>(out, id);
          store<u32>(out, other, 4);
          store<u32>(out, load<u32>(group + 32 + ((<usize>lane) << 2)), 8);
          out += 12;
        }
      }
    }
  }
  return out;
}

/**
 * One round. `news` and `olds` hold 8 + 8 · limit bytes for each row; `scratch` has for each thread `scratchBytes`, a
 * group of 2 · limit rows; `finds` has for each thread a count (u32, 16 bytes) and room for `findBytes`, enough for
 * its share of a block of `block` rows. `changes` (u32 a thread) counts the entries that were replaced.
 */
export function knnDescend(
  index: i32,
  threads: i32,
  team: usize,
  seed: u32,
  used: i32,
  limit: i32,
  news: usize,
  olds: usize,
  scratch: usize,
  scratchBytes: usize,
  finds: usize,
  findBytes: usize,
  block: i32,
  changes: usize,
): void {
  const bytes = 8 + ((<usize>limit) << 3);
  const group = scratch + <usize>index * scratchBytes;
  const capacity = (<usize>limit * 2 + 3) & ~3;
  const ownFrom = <u32>shareOf(n, index, threads);
  const ownTo = <u32>shareOf(n, index + 1, threads);
  choose(index, threads, seed, used, limit, news, olds);
  barrier(team, threads);
  age(index, threads, used, limit, news);
  barrier(team, threads);
  let changed: u32 = 0;
  const out = finds + <usize>index * (findBytes + 16);
  for (let from = 0; from < n; from += block) {
    const count = min(block, n - from);
    let end = out + 16;
    const to = from + shareOf(count, index + 1, threads);
    for (let i = from + shareOf(count, index, threads); i < to; i++) {
      const fresh = gather(news + <usize>i * bytes, group, capacity, 0);
      if (fresh == 0) continue;
      const m = gather(olds + <usize>i * bytes, group, capacity, fresh);
      end = join(group, capacity, fresh, m, end);
    }
    store<u32>(out, <u32>(end - out - 16));
    barrier(team, threads);
    for (let t = 0; t < threads; t++) {
      let at = finds + <usize>t * (findBytes + 16);
      const last = at + 16 + <usize>load<u32>(at);
      for (at += 16; at < last; at += 12) {
        const a = load<u32>(at);
        const b = load<u32>(at, 4);
        const distance = load<u32>(at, 8);
        if (a >= ownFrom && a < ownTo && distance <= limitAt(a)) changed += <u32>insert(a, distance, b);
        if (b >= ownFrom && b < ownTo && distance <= limitAt(b)) changed += <u32>insert(b, distance, a);
      }
    }
    if (index == 0) atomic.add<i32>(team + 8, 1);
    const stop = stopped(team);
    barrier(team, threads);
    if (stop) break;
  }
  store<u32>(changes + ((<usize>index) << 2), changed);
}
