// Random-projection trees: each splits the rows by the planes midway between random pairs until groups are small.

import { clearLists } from './knn-lists';
import { compareAll, place } from './knn-groups';
import { n, product, rowAt, rowBytes, shareOf } from './knn-rows';
import { barrier, stopped } from './team';

/** Murmur3's finaliser over a Weyl sequence: the t-th random word of a seed. */
export function randomWord(seed: u32, t: u32): u32 {
  let h = seed + t * 0x9e3779b9;
  h = (h ^ (h >>> 16)) * 0x85ebca6b;
  h = (h ^ (h >>> 13)) * 0xc2b2ae35;
  return h ^ (h >>> 16);
}

/**
 * Orders rows at `order` (n u32) so that each leaf is a run of at most `leaf` rows; the runs' starts go to `starts`,
 * their count is returned. `scratch` holds a row and a stack of 512 pairs.
 */
function plant(seed: u32, leaf: i32, order: usize, starts: usize, scratch: usize): i32 {
  for (let i = 0; i < n; i++) store<u32>(order + ((<usize>i) << 2), i);
  const plane = scratch;
  const stack = scratch + rowBytes;
  let depth: usize = 1;
  store<u32>(stack, 0);
  store<u32>(stack, n, 4);
  let leaves = 0;
  let words: u32 = 0;
  while (depth > 0) {
    depth--;
    const from = load<i32>(stack + (depth << 3));
    const to = load<i32>(stack + (depth << 3), 4);
    const count = to - from;
    if (count <= leaf) {
      store<u32>(starts + ((<usize>leaves) << 2), from);
      leaves++;
      continue;
    }
    let middle = from;
    for (let attempt = 0; attempt < 3; attempt++) {
      const a = rowAt(load<u32>(order + ((<usize>(<u32>from + (randomWord(seed, words++) % <u32>count))) << 2)));
      const b = rowAt(load<u32>(order + ((<usize>(<u32>from + (randomWord(seed, words++) % <u32>count))) << 2)));
      // Halved, so that 16 bits hold it.
      for (let j: usize = 0; j < rowBytes; j += 2) store<i16>(plane + j, (load<i16>(a + j) - load<i16>(b + j)) >> 1);
      const limit = <i32>((<i64>product(plane, a) + product(plane, b)) >> 1);
      let low = from;
      let high = to;
      while (low < high) {
        const at = order + ((<usize>low) << 2);
        const row = load<u32>(at);
        if (product(plane, rowAt(row)) > limit) low++;
        else {
          high--;
          const other = order + ((<usize>high) << 2);
          store<u32>(at, load<u32>(other));
          store<u32>(other, row);
        }
      }
      middle = low;
      if (min(middle - from, to - middle) >= count >> 4) break;
    }
    // Equal rows cannot be told apart: they are shared out as they lie.
    if (min(middle - from, to - middle) < count >> 4) middle = from + (count >> 1);
    // The left part first, so that leaves come in order. A part has at least a sixteenth: the stack stays short.
    store<u32>(stack + (depth << 3), middle);
    store<u32>(stack + (depth << 3), to, 4);
    depth++;
    store<u32>(stack + (depth << 3), from);
    store<u32>(stack + (depth << 3), middle, 4);
    depth++;
  }
  store<u32>(starts + ((<usize>leaves) << 2), n);
  return leaves;
}

/**
 * Fills the lists from `trees` trees. `orders` holds n u32 for each tree, `starts` n + 2 (the first is the count of
 * leaves), `scratch` `scratchBytes` for each thread: a group of `leaf` rows (a multiple of 4) or a plane and its stack.
 */
export function knnTrees(
  index: i32,
  threads: i32,
  team: usize,
  seed: u32,
  trees: i32,
  leaf: i32,
  orders: usize,
  starts: usize,
  scratch: usize,
  scratchBytes: usize,
  fresh: i32,
): void {
  const mine = scratch + <usize>index * scratchBytes;
  for (let tree = index; tree < trees; tree += threads) {
    const at = starts + ((<usize>tree * (n + 2)) << 2);
    const order = orders + ((<usize>tree * n) << 2);
    store<u32>(at, plant(randomWord(seed, tree), leaf, order, at + 4, mine));
  }
  if (fresh) clearLists(shareOf(n, index, threads), shareOf(n, index + 1, threads));
  barrier(team, threads);
  for (let tree = 0; tree < trees; tree++) {
    const at = starts + ((<usize>tree * (n + 2)) << 2);
    const order = orders + ((<usize>tree * n) << 2);
    const leaves = load<i32>(at);
    const end = shareOf(leaves, index + 1, threads);
    for (let l = shareOf(leaves, index, threads); l < end; l++) {
      const from = load<i32>(at + 4 + ((<usize>l) << 2));
      const m = load<i32>(at + 8 + ((<usize>l) << 2)) - from;
      for (let i = 0; i < m; i++) place(mine, leaf, i, load<u32>(order + ((<usize>(from + i)) << 2)));
      compareAll(mine, leaf, m);
    }
    // Lists of a row belong to one thread within a tree, to any across trees.
    barrier(team, threads);
    if (index == 0) atomic.add<i32>(team + 8, 1);
    const stop = stopped(team);
    barrier(team, threads);
    if (stop) return;
  }
}
