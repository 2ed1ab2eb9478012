import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import * as tf from '../../engine/compute/tensorflow';
import { expectSameDerivative } from './differentiate';
import { normal } from './parity';

/** Sizes, channels that do and do not fill blocks of 8 or 16, windows, strides and every kind of padding. */
const geometry = fc.record({
  batch: fc.constantFrom(1, 2, 3, 16, 32),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  filter: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  inputs: fc.constantFrom(1, 3, 5, 16, 24, 32),
  outputs: fc.constantFrom(2, 16, 24, 32),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  dilation: fc.constantFrom(1, 1, 1, 2, 3),
  pad: fc.oneof(
    fc.constantFrom('same' as const, 'valid' as const),
    fc
      .tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 2 })))
      .map(([top, bottom, left, right]) => [top!, bottom!, left!, right!] as const),
  ),
  seed: fc.nat(1000),
});
type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

const inBlocks = fc
  .tuple(geometry, fc.constantFrom(16, 32), fc.constantFrom(3, 16, 32), fc.constantFrom(16, 32))
  .map(([g, batch, inputs, outputs]): Geometry => ({ ...g, batch, inputs, outputs }));

function padding({ pad }: Geometry): 'same' | 'valid' | tf.backend_util.ExplicitPadding {
  if (typeof pad === 'string') return pad;
  const [top, bottom, left, right] = pad;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

function fits({ height, width, filter, dilation, pad }: Geometry): boolean {
  if (pad === 'same') return true;
  const [top, bottom, left, right] = pad === 'valid' ? [0, 0, 0, 0] : pad;
  return (filter[0] - 1) * dilation < height + top! + bottom! && (filter[1] - 1) * dilation < width + left! + right!;
}

const runs = { numRuns: 60, seed: 7 };

describe('convolutions of random shapes agree with tfjs-cpu, value and gradients', () => {
  it.each([
    ['conv2d', geometry.filter(fits)],
    ['conv2d with channels and images that fill blocks', inBlocks.filter(fits)],
  ])('%s', async (_name, shapes) => {
    await fc.assert(
      fc.asyncProperty(shapes, async (g) => {
        const strides: [number, number] = g.dilation > 1 ? [1, 1] : g.stride;
        await expectSameDerivative(
          {
            x: normal([g.batch, g.height, g.width, g.inputs], g.seed),
            filter: normal([...g.filter, g.inputs, g.outputs], g.seed + 1),
          },
          (t) =>
            tf.conv2d(
              t['x'] as tf.Tensor4D,
              t['filter'] as tf.Tensor4D,
              strides,
              padding(g) as 'same',
              'NHWC',
              g.dilation,
            ),
        );
      }),
      runs,
    );
  });

  it('depthwiseConv2d', async () => {
    await fc.assert(
      fc.asyncProperty(
        geometry
          .map((g): Geometry => ({ ...g, dilation: 1, pad: typeof g.pad === 'string' ? g.pad : 'valid' }))
          .filter(fits),
        fc.constantFrom(1, 2),
        async (g, multiplier) => {
          await expectSameDerivative(
            {
              x: normal([Math.min(g.batch, 3), g.height, g.width, g.inputs], g.seed),
              filter: normal([...g.filter, g.inputs, multiplier], g.seed + 1),
            },
            (t) =>
              tf.depthwiseConv2d(
                t['x'] as tf.Tensor4D,
                t['filter'] as tf.Tensor4D,
                g.stride,
                typeof g.pad === 'string' ? g.pad : 'valid',
              ),
          );
        },
      ),
      runs,
    );
  });
});
