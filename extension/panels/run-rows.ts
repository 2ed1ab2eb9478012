import { open } from 'node:fs/promises';

/** A header is read in one piece. */
const headBytes = 4096;

/**
 * Rows of an array file (.npy, rows first), one after the other, without reading the rest of it: undefined where the
 * file is not there, is of another kind, or has no such row.
 */
export async function readRows(file: string, rows: readonly number[]): Promise<Uint8Array | undefined> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return undefined;
  try {
    const head = Buffer.alloc(headBytes);
    const { bytesRead } = await handle.read(head, 0, headBytes, 0);
    const layout = readLayout(head.subarray(0, bytesRead));
    if (!layout || rows.some((row) => row >= layout.count)) return undefined;
    const result = new Uint8Array(rows.length * layout.bytes);
    for (const [i, row] of rows.entries())
      await handle.read(result, i * layout.bytes, layout.bytes, layout.start + row * layout.bytes);
    return result;
  } finally {
    await handle.close();
  }
}

/** The same from a file's whole content, for a workspace that is on no disk. */
export function rowsIn(content: Uint8Array, rows: readonly number[]): Uint8Array | undefined {
  const layout = readLayout(content);
  if (!layout || rows.some((row) => row >= layout.count)) return undefined;
  const { start, bytes } = layout;
  const result = new Uint8Array(rows.length * bytes);
  rows.forEach((row, i) => result.set(content.subarray(start + row * bytes, start + (row + 1) * bytes), i * bytes));
  return result;
}

function readLayout(head: Uint8Array): { start: number; count: number; bytes: number } | undefined {
  if (head.length < 12 || head[0] !== 0x93 || head[1] !== 0x4e) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const start = head[6]! >= 2 ? 12 + view.getUint32(8, true) : 10 + view.getUint16(8, true);
  const text = new TextDecoder('latin1').decode(head.subarray(0, Math.min(start, head.length)));
  const size = { '|u1': 1, '<f4': 4 }[/'descr':\s*'([^']+)'/.exec(text)?.[1] ?? ''];
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(text)?.[1] ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const [count, ...rest] = shape;
  if (size === undefined || count === undefined || /'fortran_order':\s*True/.test(text)) return undefined;
  return { start, count, bytes: rest.reduce((a, b) => a * b, size) };
}
