import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseIdx, readIdx } from '../../engine/data/idx';
import { bytesFrom, temporaryFolder } from './temporary';

const folder = temporaryFolder();

test.each<[string, number[], number[], number[]]>([
  ['bytes', [0, 0, 0x08, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 255], [2, 1], [7, 255]],
  ['signed bytes', [0, 0, 0x09, 1, 0, 0, 0, 1, 255], [1], [-1]],
  ['int16', [0, 0, 0x0b, 1, 0, 0, 0, 1, 1, 2], [1], [258]],
  ['int32', [0, 0, 0x0c, 1, 0, 0, 0, 1, 255, 255, 255, 0xfe], [1], [-2]],
  ['float32', [0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0x80, 0, 0], [1], [1]],
  ['float64', [0, 0, 0x0e, 1, 0, 0, 0, 1, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0], [1], [-1.5]],
])('%s written out by hand', (_, bytes, shape, data) => {
  const array = parseIdx(Uint8Array.from(bytes), 'x');
  expect(array.shape).toEqual(shape);
  expect([...array.data]).toEqual(data);
});

test.each<[string, Uint8Array, RegExp]>([
  ['another file', bytesFrom('hello there'), /x\.idx is not an IDX file: its first four bytes are wrong/],
  ['nothing', new Uint8Array(), /not an IDX file/],
  ['an unknown type', Uint8Array.of(0, 0, 0x0a, 1, 0, 0, 0, 0), /not an IDX file/],
  ['a cut header', Uint8Array.of(0, 0, 8, 3, 0, 0), /within its header/],
  ['cut data', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 2), /ends too early: shape 3 needs 3 bytes, and there are 2/],
  ['more data', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 1, 2), /holds more than it says/],
])('bad file: %s', (_, bytes, message) => {
  expect(() => parseIdx(bytes, 'x.idx')).toThrow(message);
});

test('gzip is told by its content, and a cut one is refused', async () => {
  const packed = gzipSync(Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 200, ...Array.from({ length: 200 }, (_, i) => i)]));
  writeFileSync(join(folder, 'labels'), packed);
  expect((await readIdx(join(folder, 'labels'))).shape).toEqual([200]);
  writeFileSync(join(folder, 'cut.gz'), packed.subarray(0, 60));
  await expect(readIdx(join(folder, 'cut.gz'))).rejects.toThrow(/cut\.gz ends too early: its gzip data is cut off/);
});
