import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementCount, type NumericData } from '../../engine/data/array';
import { encodeNpy, parseNpy, readNpy, writeNpy } from '../../engine/data/npy';
import { hasNumpy, numpy } from './python';
import { bytesFrom, temporaryFolder } from './temporary';

const folder = temporaryFolder();

/** A .npy file written out by hand: magic, version, header length, header, data. */
function byHand(header: string, data: readonly number[], version: 1 | 2 | 3 = 1): Uint8Array {
  const text = `${header}\n`;
  const length = version === 1 ? [text.length, 0] : [text.length, 0, 0, 0];
  return bytesFrom([0x93], 'NUMPY', [version, 0], length, text, data);
}
const header = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`;

describe('bytes written out by hand', () => {
  const read: [string, string, number[], number[]][] = [
    ['|b1', '3,', [0, 1, 2], [0, 1, 1]],
    ['|u1', '2,', [7, 255], [7, 255]],
    ['|i1', '2,', [7, 255], [7, -1]],
    ['<u2', '2,', [1, 2, 255, 255], [513, 65535]],
    ['>u2', '2,', [1, 2, 255, 255], [258, 65535]],
    ['<i2', '1,', [254, 255], [-2]],
    ['<i4', '1,', [0xfe, 255, 255, 255], [-2]],
    ['>i4', '1,', [255, 255, 255, 0xfe], [-2]],
    ['<u4', '1,', [255, 255, 255, 255], [4294967295]],
    ['<i8', '2,', [5, 0, 0, 0, 0, 0, 0, 0, 254, 255, 255, 255, 255, 255, 255, 255], [5, -2]],
    ['>i8', '1,', [0, 0, 0, 0, 0, 0, 1, 0], [256]],
    ['<u8', '1,', [5, 0, 0, 0, 0, 0, 0, 0], [5]],
    // 1.0 is 0x3c00, −2 is 0xc000, the smallest subnormal 0x0001, infinity 0x7c00.
    ['<f2', '4,', [0, 0x3c, 0, 0xc0, 1, 0, 0, 0x7c], [1, -2, 2 ** -24, Infinity]],
    ['<f4', '1,', [0, 0, 0x80, 0x3f], [1]],
    ['>f4', '1,', [0x3f, 0x80, 0, 0], [1]],
    ['<f8', '1,', [0, 0, 0, 0, 0, 0, 0xf8, 0xbf], [-1.5]],
    ['>f8', '1,', [0xbf, 0xf8, 0, 0, 0, 0, 0, 0], [-1.5]],
  ];
  test.each(read)('%s (%s)', (descr, shape, data, expected) => {
    expect([...parseNpy(byHand(header(descr, shape), data), 'x.npy').data]).toEqual(expected);
  });

  test('versions 2 and 3, a scalar, and lengths as Python 2 wrote them', () => {
    expect(parseNpy(byHand(header('|u1', '2, 1'), [3, 4], 2), 'x')).toMatchObject({ shape: [2, 1] });
    expect([...parseNpy(byHand(header('|u1', '2,'), [3, 4], 3), 'x').data]).toEqual([3, 4]);
    expect(parseNpy(byHand(header('|u1', ''), [3]), 'x')).toMatchObject({ shape: [] });
    expect(parseNpy(byHand(header('|u1', '1L, 2L'), [3, 4]), 'x')).toMatchObject({ shape: [1, 2] });
  });

  test('Fortran order becomes row-major', () => {
    // Columns (1, 4), (2, 5), (3, 6) of [[1, 2, 3], [4, 5, 6]].
    expect([...parseNpy(byHand(header('|u1', '2, 3', 'True'), [1, 4, 2, 5, 3, 6]), 'x').data]).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    const three = [0, 4, 2, 6, 1, 5, 3, 7];
    expect([...parseNpy(byHand(header('|u1', '2, 2, 2', 'True'), three), 'x').data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('what is written is what the format says', () => {
    const bytes = encodeNpy({ shape: [2], data: Float32Array.of(1, -2) });
    const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    expect(bytes).toEqual(
      new Uint8Array(
        bytesFrom(
          [0x93],
          'NUMPY',
          [1, 0, 118, 0],
          text,
          ' '.repeat(117 - text.length),
          '\n',
          [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0],
        ),
      ),
    );
  });
});

describe('bad files', () => {
  const good = encodeNpy({ shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  test.each<[string, Uint8Array, RegExp]>([
    ['something else', bytesFrom('PK hello, this is no array'), /not a readable \.npy file: it does not begin/],
    ['nothing', new Uint8Array(), /does not begin/],
    ['a cut header', good.subarray(0, 40), /header is cut off/],
    [
      'cut data',
      good.subarray(0, good.length - 1),
      /ends too early: shape 3 × 2 of <f4 needs 24 bytes, and there are 23/,
    ],
    ['more data', bytesFrom(good, [0]), /holds more than it says/],
    ['an unknown version', bytesFrom([0x93], 'NUMPY', [9, 0, 0, 0]), /version 9/],
    ['text', byHand(header('<U5', '1,'), []), /x\.npy holds text \(<U5\)/],
    ['objects', byHand(header('|O', '1,'), []), /Python objects/],
    ['complex', byHand(header('<c8', '1,'), []), /complex/],
    ['records', byHand("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", []), /named fields/],
    ['an int64 that is too large', byHand(header('<i8', '1,'), [0, 0, 0, 0, 1, 0, 0, 0]), /4294967296 \(element 0\)/],
  ])('%s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(message);
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(expect.objectContaining({ name: 'UserError' }));
  });

  test('a missing file, a folder, a cut and a damaged gzip', async () => {
    await expect(readNpy(join(folder, 'none.npy'))).rejects.toThrow(/There is no .*none\.npy/);
    await expect(readNpy(folder)).rejects.toThrow(/is a folder/);
    const packed = gzipSync(good);
    writeFileSync(join(folder, 'cut.npy.gz'), packed.subarray(0, packed.length - 12));
    await expect(readNpy(join(folder, 'cut.npy.gz'))).rejects.toThrow(/cut\.npy\.gz ends too early/);
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 12, 24);
    writeFileSync(join(folder, 'damaged.npy.gz'), damaged);
    await expect(readNpy(join(folder, 'damaged.npy.gz'))).rejects.toThrow(/damaged\.npy\.gz is damaged/);
  });

  test('data that do not fill their shape are our own mistake', () => {
    expect(() => encodeNpy({ shape: [2, 2], data: Uint8Array.of(1) })).toThrow(RangeError);
  });
});

const arrays = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }).chain((shape) => {
  const exactly = { minLength: elementCount(shape), maxLength: elementCount(shape) };
  const data: fc.Arbitrary<NumericData> = fc.oneof(
    fc.uint8Array(exactly),
    fc.int8Array(exactly),
    fc.uint16Array(exactly),
    fc.int16Array(exactly),
    fc.uint32Array(exactly),
    fc.int32Array(exactly),
    fc.float32Array(exactly),
    fc.float64Array(exactly),
  );
  return data.map((data) => ({ shape, data }));
});

test('what is written is read again, whatever its alignment', () => {
  fc.assert(
    fc.property(arrays, fc.integer({ min: 0, max: 7 }), (array, shift) => {
      const bytes = encodeNpy(array);
      const shifted = new Uint8Array(bytes.length + shift).subarray(shift);
      shifted.set(bytes);
      const { shape, data } = parseNpy(shifted, 'x');
      expect({ shape, data }).toEqual(array);
    }),
  );
});

test('files are written whole or not at all', async () => {
  const path = join(folder, 'whole.npy');
  await writeNpy(path, { shape: [2, 2], data: Int32Array.of(1, 2, 3, 4) });
  expect(await readNpy(path)).toMatchObject({ shape: [2, 2], data: Int32Array.of(1, 2, 3, 4) });
  expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
});

describe.runIf(hasNumpy())('against NumPy', () => {
  test.each(['bool', 'i1', 'u1', '<i2', '>u2', '<u4', '>i4', '<i8', '>u8', '<f2', '>f2', '<f4', '>f4', '<f8', '>f8'])(
    'reads %s in both orders',
    async (dtype) => {
      const path = join(folder, 'numpy.npy');
      for (const order of ['C', 'F']) {
        const text = numpy(
          `a = np.asarray((np.arange(60) * 7 % 101 - ${/u|bool/.test(dtype) ? 0 : 30}).reshape(3, 4, 5), dtype=sys.argv[2], order='${order}')
np.save(sys.argv[1], a)
print(json.dumps(a.astype(np.float64).ravel(order='C').tolist()))`,
          path,
          dtype,
        );
        const { shape, data } = await readNpy(path);
        expect(shape).toEqual([3, 4, 5]);
        expect([...data]).toEqual(JSON.parse(text));
      }
    },
  );

  test('NumPy reads what is written, a long header too', async () => {
    const path = join(folder, 'ours.npy');
    for (const shape of [[], [6], [2, 3], Array.from({ length: 32 }, () => 1)]) {
      const data = Float64Array.from({ length: elementCount(shape) }, (_, i) => i / 3);
      await writeNpy(path, { shape, data });
      const text = numpy(
        'a = np.load(sys.argv[1]); print(json.dumps([a.dtype.str, a.shape, a.ravel().tolist()]))',
        path,
      );
      expect(JSON.parse(text)).toEqual(['<f8', shape, [...data]]);
    }
  });
});
