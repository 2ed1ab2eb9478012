import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeSafetensors, parseSafetensors, readSafetensors, writeSafetensors } from '../../engine/data/safetensors';
import { hasNumpy, numpy } from './python';
import { bytesFrom, temporaryFolder } from './temporary';

const folder = temporaryFolder();

/** A file written out by hand: length of the header (uint64, little-endian), header, data. */
function byHand(header: unknown, data: readonly number[] = []): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  return bytesFrom([text.length & 255, text.length >> 8, 0, 0, 0, 0, 0, 0], text, data);
}
const one = (dtype: string, shape: number[], size: number) => ({ t: { dtype, shape, data_offsets: [0, size] } });

describe('bytes written out by hand', () => {
  test.each<[string, number[], number[], number[]]>([
    ['F32', [2], [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], [1, -2]],
    ['F16', [2], [0, 0x3c, 0, 0xc0], [1, -2]],
    ['BF16', [2], [0x80, 0x3f, 0, 0xc0], [1, -2]],
    ['I64', [1], [254, 255, 255, 255, 255, 255, 255, 255], [-2]],
    ['I32', [1], [254, 255, 255, 255], [-2]],
    ['U8', [3, 1], [1, 2, 255], [1, 2, 255]],
    ['F32', [0, 4], [], []],
    ['I32', [], [7, 0, 0, 0], [7]],
  ])('%s %j', (dtype, shape, data, expected) => {
    const tensor = parseSafetensors(byHand(one(dtype, shape, data.length), data), 'm').tensors.get('t')!;
    expect(tensor).toMatchObject({ dtype, shape });
    expect([...tensor.data]).toEqual(expected);
  });

  test('metadata and several tensors, not in the order of their data', () => {
    const header = {
      __metadata__: { format: 'pt' },
      b: { dtype: 'U8', shape: [1], data_offsets: [2, 3] },
      a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
    };
    const { tensors, metadata } = parseSafetensors(byHand(header, [1, 2, 3]), 'm');
    expect(metadata).toEqual({ format: 'pt' });
    expect([...tensors].map(([name, { data }]) => [name, ...data])).toEqual([
      ['b', 3],
      ['a', 1, 2],
    ]);
  });

  test('what is written is what the format says', () => {
    const text =
      '{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}';
    const padding = (8 - (text.length % 8)) % 8;
    const written = encodeSafetensors(
      { b: { shape: [1], data: Uint8Array.of(9) }, w: { shape: [1], data: Float32Array.of(1) } },
      { k: 'v' },
    );
    const expected = bytesFrom(
      [text.length + padding, 0, 0, 0, 0, 0, 0, 0],
      text,
      ' '.repeat(padding),
      [0, 0, 0x80, 0x3f, 9],
    );
    expect(Buffer.from(written).equals(expected)).toBe(true);
  });
});

test('every type is read as it was written', async () => {
  const path = join(folder, 'model.safetensors');
  const tensors = {
    'layer.weight': { shape: [2, 2], data: Float32Array.of(1.5, -2, 0.25, 3) },
    half: { dtype: 'F16' as const, shape: [2], data: Float32Array.of(0.5, 65504) },
    brain: { dtype: 'BF16' as const, shape: [2], data: Float32Array.of(0.5, -256) },
    steps: { dtype: 'I64' as const, shape: [], data: Int32Array.of(-7) },
    index: { shape: [2], data: Int32Array.of(-1, 5) },
    mask: { shape: [3], data: Uint8Array.of(0, 1, 255) },
  };
  await writeSafetensors(path, tensors, { source: 'test' });
  const read = await readSafetensors(path);
  expect(read.metadata).toEqual({ source: 'test' });
  expect(read.tensors.size).toBe(6);
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    expect(read.tensors.get(name)).toMatchObject({ shape, data });
  }
});

test.each<[string, Uint8Array, RegExp]>([
  ['nothing', bytesFrom([1, 2]), /shorter than its header/],
  ['a header without end', bytesFrom([255, 255, 255, 255, 255, 0, 0, 0]), /header would be/],
  ['a cut header', bytesFrom([50, 0, 0, 0, 0, 0, 0, 0], '{}'), /ends within its header/],
  ['no JSON', byHand('hello'), /header is not JSON/],
  ['a list', byHand('[]'), /header is not an object/],
  ['a wrong entry', byHand({ t: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }), /entry of tensor "t" is wrong/],
  ['a size that does not fit', byHand(one('F32', [2], 4), [0, 0, 0, 0]), /tensor "t" of shape 2 needs 8 bytes, not 4/],
  ['cut data', byHand(one('F32', [1], 4), [0, 0]), /tensor "t" is cut off/],
  ['bytes at the end', byHand(one('U8', [1], 1), [0, 0]), /bytes after its last tensor/],
  ['a hole', byHand({ t: { dtype: 'U8', shape: [1], data_offsets: [1, 2] } }, [0, 0]), /overlap or leave holes/],
  ['another type', byHand(one('F64', [1], 8), [0, 0, 0, 0, 0, 0, 0, 0]), /has the type F64; save it as one of F32/],
  ['numbers as metadata', byHand({ __metadata__: { a: 1 } }), /metadata are not strings/],
])('bad file: %s', (_, bytes, message) => {
  expect(() => parseSafetensors(bytes, 'm.safetensors')).toThrow(message);
  expect(() => parseSafetensors(bytes, 'm.safetensors')).toThrow(expect.objectContaining({ name: 'UserError' }));
});

test.runIf(hasNumpy())('a reader of a few lines of Python understands what is written', async () => {
  const path = join(folder, 'python.safetensors');
  await writeSafetensors(path, {
    a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    h: { dtype: 'F16', shape: [3], data: Float32Array.of(0.1, -1e-7, 70000) },
    n: { dtype: 'I64', shape: [1], data: Int32Array.of(-3) },
  });
  const script = `b = open(sys.argv[1], 'rb').read()
n = struct.unpack('<Q', b[:8])[0]
h = json.loads(b[8:8+n])
t = {'F32': '<f4', 'F16': '<f2', 'I64': '<i8'}
read = lambda e: np.frombuffer(b[8+n+e['data_offsets'][0]:8+n+e['data_offsets'][1]], t[e['dtype']]).reshape(e['shape'])
half = np.array([0.1, -1e-7, 70000], np.float32).astype(np.float16)
print(json.dumps([n % 8, read(h['a']).tolist(), bool((read(h['h']) == half).all()), read(h['n']).tolist()]))`;
  expect(JSON.parse(numpy(script, path))).toEqual([
    0,
    [
      [1, 2],
      [3, 4],
    ],
    true,
    [-3],
  ]);
});
