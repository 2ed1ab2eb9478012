// Ā times panels of 16 vectors. A panel is n × 16 f32, row-major: a row is 64 bytes, one cache line.
// The matrix is stored by column slabs, each a CSR of its own: `starts` is slabs × (n + 1) u32 offsets into
// `columns` (u32) and `values` (f32). `ranges` holds threads + 1 u32 row bounds that share the nonzeros evenly.

/** y = scale · Ā x + shift · x + back · z on rows [from, to). y may be z, not x. */
function applyRows(
  n: i32,
  slabs: i32,
  starts: usize,
  columns: usize,
  values: usize,
  from: i32,
  to: i32,
  x: usize,
  z: usize,
  y: usize,
  scale: f32,
  shift: f32,
  back: f32,
): void {
  const byScale = f32x4.splat(scale);
  const byShift = f32x4.splat(shift);
  const byBack = f32x4.splat(back);
  for (let slab = 0; slab < slabs; slab++) {
    const start = starts + ((<usize>slab * (n + 1)) << 2);
    let entry = (<usize>load<u32>(start + ((<usize>from) << 2))) << 2;
    for (let row = from; row < to; row++) {
      const end = (<usize>load<u32>(start + ((<usize>(row + 1)) << 2))) << 2;
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let a2 = f32x4.splat(0);
      let a3 = f32x4.splat(0);
      for (; entry < end; entry += 4) {
        const source = x + ((<usize>load<u32>(columns + entry)) << 6);
        const value = v128.load32_splat(values + entry);
        a0 = f32x4.add(a0, f32x4.mul(value, v128.load(source)));
        a1 = f32x4.add(a1, f32x4.mul(value, v128.load(source, 16)));
        a2 = f32x4.add(a2, f32x4.mul(value, v128.load(source, 32)));
        a3 = f32x4.add(a3, f32x4.mul(value, v128.load(source, 48)));
      }
      const offset = (<usize>row) << 6;
      const to = y + offset;
      let b0: v128, b1: v128, b2: v128, b3: v128;
      if (slab == 0) {
        const own = x + offset;
        b0 = f32x4.mul(byShift, v128.load(own));
        b1 = f32x4.mul(byShift, v128.load(own, 16));
        b2 = f32x4.mul(byShift, v128.load(own, 32));
        b3 = f32x4.mul(byShift, v128.load(own, 48));
        if (back != 0) {
          const before = z + offset;
          b0 = f32x4.add(b0, f32x4.mul(byBack, v128.load(before)));
          b1 = f32x4.add(b1, f32x4.mul(byBack, v128.load(before, 16)));
          b2 = f32x4.add(b2, f32x4.mul(byBack, v128.load(before, 32)));
          b3 = f32x4.add(b3, f32x4.mul(byBack, v128.load(before, 48)));
        }
      } else {
        b0 = v128.load(to);
        b1 = v128.load(to, 16);
        b2 = v128.load(to, 32);
        b3 = v128.load(to, 48);
      }
      v128.store(to, f32x4.add(b0, f32x4.mul(byScale, a0)));
      v128.store(to, f32x4.add(b1, f32x4.mul(byScale, a1)), 16);
      v128.store(to, f32x4.add(b2, f32x4.mul(byScale, a2)), 32);
      v128.store(to, f32x4.add(b3, f32x4.mul(byScale, a3)), 48);
    }
  }
}

// The matrix of this instance, set once by every thread.
let n: i32 = 0;
let slabs: i32 = 0;
let starts: usize = 0;
let columns: usize = 0;
let values: usize = 0;
let ranges: usize = 0;

export function setMatrix(
  index: i32,
  threads: i32,
  nodes: i32,
  slabCount: i32,
  startsAt: usize,
  columnsAt: usize,
  valuesAt: usize,
  rangesAt: usize,
): void {
  n = nodes;
  slabs = slabCount;
  starts = startsAt;
  columns = columnsAt;
  values = valuesAt;
  ranges = rangesAt;
}

/** y = scale · Ā x + shift · x + back · z, this thread's rows. */
export function apply(index: i32, threads: i32, x: usize, z: usize, y: usize, scale: f32, shift: f32, back: f32): void {
  const from = load<u32>(ranges + ((<usize>index) << 2));
  const to = load<u32>(ranges + ((<usize>(index + 1)) << 2));
  applyRows(n, slabs, starts, columns, values, from, to, x, z, y, scale, shift, back);
}

/** y (n × 8 f64) = Ā times eight columns of a panel, in double precision, on rows [from, to). */
function imageOfHalf(x: usize, y: usize, from: i32, to: i32): void {
  for (let slab = 0; slab < slabs; slab++) {
    const start = starts + ((<usize>slab * (n + 1)) << 2);
    let entry = (<usize>load<u32>(start + ((<usize>from) << 2))) << 2;
    for (let row = from; row < to; row++) {
      const end = (<usize>load<u32>(start + ((<usize>(row + 1)) << 2))) << 2;
      const at = y + ((<usize>row) << 6);
      let s0 = f64x2.splat(0),
        s1 = f64x2.splat(0),
        s2 = f64x2.splat(0),
        s3 = f64x2.splat(0);
      if (slab > 0) {
        s0 = v128.load(at);
        s1 = v128.load(at, 16);
        s2 = v128.load(at, 32);
        s3 = v128.load(at, 48);
      }
      for (; entry < end; entry += 4) {
        const value = f64x2.promote_low_f32x4(v128.load32_splat(values + entry));
        const source = x + ((<usize>load<u32>(columns + entry)) << 6);
        s0 = f64x2.add(s0, f64x2.mul(value, f64x2.promote_low_f32x4(v128.load64_zero(source))));
        s1 = f64x2.add(s1, f64x2.mul(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 8))));
        s2 = f64x2.add(s2, f64x2.mul(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 16))));
        s3 = f64x2.add(s3, f64x2.mul(value, f64x2.promote_low_f32x4(v128.load64_zero(source, 24))));
      }
      v128.store(at, s0);
      v128.store(at, s1, 16);
      v128.store(at, s2, 32);
      v128.store(at, s3, 48);
    }
  }
}

/** Stores x·s, s·s and x·x of two columns over rows [from, to), 128 bytes apart; x holds singles, s doubles. */
function storeProducts(sums: usize, x: usize, s: usize, from: i32, to: i32): void {
  let xs = f64x2.splat(0),
    ss = f64x2.splat(0),
    xx = f64x2.splat(0);
  for (let row = from; row < to; row++) {
    const own = f64x2.promote_low_f32x4(v128.load64_zero(x + ((<usize>row) << 6)));
    const image = v128.load(s + ((<usize>row) << 6));
    xs = f64x2.add(xs, f64x2.mul(own, image));
    ss = f64x2.add(ss, f64x2.mul(image, image));
    xx = f64x2.add(xx, f64x2.mul(own, own));
  }
  v128.store(sums, xs);
  v128.store(sums, ss, 128);
  v128.store(sums, xx, 256);
}

/**
 * For each of a panel's columns the sums x·Āx, ‖Āx‖² and ‖x‖² in f64 throughout: 48 numbers at out + index · 384.
 * `spare` is a panel to overwrite.
 */
export function rayleigh(index: i32, threads: i32, x: usize, spare: usize, out: usize): void {
  const from = load<u32>(ranges + ((<usize>index) << 2));
  const to = load<u32>(ranges + ((<usize>(index + 1)) << 2));
  const sums = out + <usize>index * 384;
  for (let half: usize = 0; half < 2; half++) {
    const own = x + (half << 5);
    imageOfHalf(own, spare, from, to);
    for (let j: usize = 0; j < 4; j++)
      storeProducts(sums + (half << 6) + (j << 4), own + (j << 3), spare + (j << 4), from, to);
  }
}
