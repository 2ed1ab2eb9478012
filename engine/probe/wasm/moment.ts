import { gramTile } from '../../linear/wasm/gram-tile';

/** out += Σ z zᵀ over a block of at most 64 rows of z (stride f32 each), in f64 beyond the block: blocks on and below the diagonal. */
export function momentBlock(z: usize, rows: i32, stride: i32, out: usize): void {
  const rowBytes = (<usize>stride) << 2;
  const outBytes = (<usize>stride) << 3;
  for (let i = 0; i < stride; i += 4) {
    for (let j = 0; j <= i; j += 8) {
      const a = z + ((<usize>i) << 2);
      const b = z + ((<usize>j) << 2);
      gramTile(a, b, rows, rowBytes, out + <usize>i * outBytes + ((<usize>j) << 3), outBytes);
    }
  }
}
