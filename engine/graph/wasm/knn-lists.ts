// Lists of nearest rows: for each of some rows, `size` 64-bit keys, ascending. A key is distance << 32 | row << 1 | new.
// Distances are u32; ties go to the smaller row, so that a list does not depend on the order of insertions.

export let size: i32 = 0;
let lists: usize = 0;
let limits: usize = 0;

/** `limits` repeats each list's largest distance, n u32. */
export function knnLists(index: i32, threads: i32, entries: i32, listsAt: usize, limitsAt: usize): void {
  size = entries;
  lists = listsAt;
  limits = limitsAt;
}

export function listAt(i: u32): usize {
  return lists + ((<usize>i * size) << 3);
}

export function limitAt(i: u32): u32 {
  return load<u32>(limits + ((<usize>i) << 2));
}

export function keyRow(key: u64): u32 {
  return (<u32>key) >> 1;
}

/** Empties the lists of rows [from, to). */
export function clearLists(from: i32, to: i32): void {
  memory.fill(listAt(from), 0xff, (<usize>(to - from) * size) << 3);
  memory.fill(limits + ((<usize>from) << 2), 0xff, (<usize>(to - from)) << 2);
}

/** Puts a row into list i where it belongs; false when it is too far away or there already. */
export function insert(i: u32, distance: u32, row: u32): bool {
  const list = listAt(i);
  const key = ((<u64>distance) << 32) | ((<u64>row) << 1) | 1;
  let at = list + ((<usize>size) << 3);
  if (load<u64>(at - 8) <= key) return false;
  while (at > list && load<u64>(at - 8) > key) at -= 8;
  if (at > list && load<u64>(at - 8) >> 1 == key >> 1) return false;
  // The same entry as an old one has the smaller key.
  const last = list + ((<usize>(size - 1)) << 3);
  memory.copy(at + 8, at, last - at);
  store<u64>(at, key);
  store<u32>(limits + ((<usize>i) << 2), <u32>(load<u64>(last) >> 32));
  return true;
}
