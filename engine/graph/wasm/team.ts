// A team of threads that runs every kernel together. Its state is 4 words at `team`:
// [0] arrivals at the barrier, [1] the barrier's generation, [2] steps done (progress), [3] stop asked for.

/** Waits until all `threads` have arrived. Spins for a moment, then sleeps: steps take milliseconds. */
export function barrier(team: usize, threads: i32): void {
  if (threads == 1) return;
  const generation = atomic.load<i32>(team + 4);
  if (atomic.add<i32>(team, 1) == threads - 1) {
    atomic.store<i32>(team, 0);
    atomic.add<i32>(team + 4, 1);
    atomic.notify(team + 4, threads);
    return;
  }
  for (let spin = 0; spin < 2000; spin++) if (atomic.load<i32>(team + 4) != generation) return;
  while (atomic.load<i32>(team + 4) == generation) atomic.wait<i32>(team + 4, generation, -1);
}

export function stopped(team: usize): bool {
  return atomic.load<i32>(team + 12) != 0;
}

/** First row of thread `index` when rows are shared evenly in multiples of 64. */
export function firstRow(n: i32, index: i32, threads: i32): i32 {
  if (index >= threads) return n;
  return (<i32>((<i64>n * index) / threads)) & ~63;
}
