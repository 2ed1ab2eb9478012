import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeNpy } from '../../engine/data/npy';
import { encodeNpz, parseNpz, readNpz, writeNpz } from '../../engine/data/npz';
import { hasNumpy, numpy } from './python';
import { bytesFrom, temporaryFolder } from './temporary';

const folder = temporaryFolder();
const x = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
const y = { shape: [2], data: Int32Array.of(0, 1) };

/** Little-endian bytes of a number. */
const le = (value: number, width: number): number[] =>
  Array.from({ length: width }, (_, i) => (value / 256 ** i) & 255);

/** CRC-32 (polynomial 0xEDB88320), bit by bit. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A zip archive of one stored file, written out by hand (PKWARE's APPNOTE). */
function storedZip(name: string, content: Uint8Array): Uint8Array {
  const sizes = [...le(crc32(content), 4), ...le(content.length, 4), ...le(content.length, 4)];
  const common = [...le(20, 2), ...le(0, 8), ...sizes, ...le(name.length, 2), ...le(0, 2)];
  const local = bytesFrom('PK', [3, 4], common, name, content);
  const central = bytesFrom('PK', [1, 2], le(20, 2), common, le(0, 2 + 2 + 2 + 4 + 4), name);
  const end = bytesFrom(
    'PK',
    [5, 6],
    le(0, 4),
    le(1, 2),
    le(1, 2),
    le(central.length, 4),
    le(local.length, 4),
    le(0, 2),
  );
  return bytesFrom(local, central, end);
}

describe('NumPy archives', () => {
  test('an archive written out by hand', () => {
    const arrays = parseNpz(storedZip('x.npy', encodeNpy(x)), 'a.npz');
    expect([...arrays.keys()]).toEqual(['x']);
    expect(arrays.get('x')).toMatchObject(x);
  });

  test.each([true, false])('what is written is read again (compressed: %s)', async (compress) => {
    const path = join(folder, 'a.npz');
    await writeNpz(path, { x, y }, { compress });
    const all = await readNpz(path);
    expect(all.get('x')).toMatchObject(x);
    expect(all.get('y')).toMatchObject(y);
    expect([...(await readNpz(path, ['y'])).keys()]).toEqual(['y']);
    expect(encodeNpz({ x, y }, { compress })).toEqual(encodeNpz({ x, y }, { compress }));
  });

  test('bad archives', async () => {
    expect(() => parseNpz(bytesFrom('no archive'), 'a.npz')).toThrow(/a\.npz is not a readable \.npz archive/);
    expect(() => parseNpz(encodeNpz({ x }).subarray(0, 60), 'a.npz')).toThrow(/not a readable/);
    expect(() => parseNpz(encodeNpz({ values: x }), 'a.npz', ['value'])).toThrow(
      /no array "value"; did you mean "values"\?/,
    );
    expect(() => parseNpz(encodeNpz({ x, y }), 'a.npz', ['embedding'])).toThrow(/it holds "x" and "y"\.$/);
    writeFileSync(join(folder, 'inner.npz'), storedZip('x.npy', bytesFrom('broken')));
    await expect(readNpz(join(folder, 'inner.npz'))).rejects.toThrow(/inner\.npz:x\.npy is not a readable \.npy file/);
  });

  test.runIf(hasNumpy())('against NumPy, both ways', async () => {
    const path = join(folder, 'numpy.npz');
    for (const save of ['savez', 'savez_compressed']) {
      numpy(`np.${save}(sys.argv[1], x=np.arange(6.0).reshape(2, 3), y=np.array([1, 2]))`, path);
      const arrays = await readNpz(path);
      expect([...arrays.get('x')!.data]).toEqual([0, 1, 2, 3, 4, 5]);
      expect([...arrays.get('y')!.data]).toEqual([1, 2]);
    }
    await writeNpz(path, { x, y }, { compress: true });
    const text = numpy('a = np.load(sys.argv[1]); print(json.dumps([a["x"].tolist(), a["y"].tolist()]))', path);
    expect(JSON.parse(text)).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [0, 1],
    ]);
  });
});
