import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostArray, TensorMap } from '../../engine/compute/device';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import * as tf from '../../engine/compute/tensorflow';
import { expectSameDerivative } from './differentiate';
import { expectParity, normal } from './parity';

const side = fc.integer({ min: 1, max: 5 });
const shape = fc.array(side, { minLength: 1, maxLength: 4 });
const seed = fc.nat(1000);
const runs = { numRuns: 15, seed: 3, endOnFailure: true };

/** A shape, and one that broadcasts to it: axes of length 1, or missing in front. */
const broadcast = fc
  .tuple(shape, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.nat(3))
  .map(([whole, ones, drop]) => ({
    whole,
    part: whole.map((d, i) => (ones[i] ? 1 : d)).slice(Math.min(drop, whole.length - 1)),
  }));

function check(name: string, property: fc.IAsyncProperty<never> | fc.IAsyncProperty<unknown>): void {
  it(name, () => fc.assert(property as fc.IAsyncProperty<unknown>, runs));
}

/** The shape's axes, some of them. */
const reduction = fc
  .tuple(shape, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.boolean())
  .map(([whole, chosen, keep]) => ({ whole, axes: whole.map((_, i) => i).filter((i) => chosen[i]), keep }));

describe('random shapes, value and gradients as tfjs-cpu', () => {
  check(
    'arithmetic with broadcasting, either way round',
    fc.asyncProperty(broadcast, seed, async ({ whole, part }, s) => {
      const b = normal(part, s + 1);
      await expectSameDerivative(
        { a: normal(whole, s), b: { ...b, data: b.data.map((v) => Math.abs(v) + 0.5) } },
        (t) => tf.sub(tf.mul(t['a']!, t['b']!), tf.add(tf.div(t['a']!, t['b']!), tf.sub(t['b']!, t['a']!))),
      );
    }),
  );

  check(
    'reductions',
    fc.asyncProperty(reduction, seed, async ({ whole, axes, keep }, s) => {
      await expectSameDerivative({ a: normal(whole, s) }, (t) =>
        tf.add(tf.add(tf.sum(t['a']!, axes, keep), tf.mean(t['a']!, axes, keep)), tf.max(t['a']!, axes, keep)),
      );
    }),
  );

  check(
    'matrix products with every transpose',
    fc.asyncProperty(
      fc.tuple(side, side, side, side, fc.boolean(), fc.boolean(), fc.boolean()),
      seed,
      async ([n, m, k, batch, transposeA, transposeB, batched], s) => {
        const front = batched ? [batch] : [];
        await expectSameDerivative(
          {
            a: normal([...front, ...(transposeA ? [k, n] : [n, k])], s),
            b: normal([...front, ...(transposeB ? [m, k] : [k, m])], s + 1),
          },
          (t) => tf.matMul(t['a']!, t['b']!, transposeA, transposeB),
        );
      },
    ),
  );

  check(
    'layer norm and GELU as they are written',
    fc.asyncProperty(fc.tuple(side, fc.integer({ min: 2, max: 7 })), seed, async ([n, d], s) => {
      await expectSameDerivative({ a: normal([n, 3, d], s), g: normal([d], s + 1), b: normal([d], s + 2) }, (t) => {
        const { mean, variance } = tf.moments(t['a']!, [-1], true);
        const y = tf.add(tf.mul(tf.div(tf.sub(t['a']!, mean), tf.sqrt(tf.add(variance, 0.1))), t['g']!), t['b']!);
        return tf.mul(tf.mul(y, 0.5), tf.add(tf.erf(tf.div(y, Math.SQRT2)), 1));
      });
    }),
  );

  check(
    'slices, pads, tiles and joins',
    fc.asyncProperty(shape, seed, fc.nat(3), async (whole, s, at) => {
      const axis = at % whole.length;
      await expectSameDerivative({ a: normal(whole, s), b: normal(whole, s + 1) }, (t) => {
        const joined = tf.concat([t['a']!, tf.reverse(t['b']!, [axis])], axis);
        const padded = tf.pad(
          joined,
          whole.map((_, i): [number, number] => [i % 2, 1]),
          0.5,
        );
        const cut = tf.slice(
          padded,
          whole.map((_, i) => i % 2),
          joined.shape,
        );
        return tf.tile(
          cut,
          whole.map((_, i) => 1 + (i % 2)),
        );
      });
    }),
  );

  check(
    'gather and its gradient, indices that repeat',
    fc.asyncProperty(
      shape.filter((d) => d.length > 1),
      fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }),
      fc.nat(3),
      seed,
      async (whole, wanted, at, s) => {
        const axis = at % whole.length;
        const i: HostArray = { data: Int32Array.from(wanted, (v) => v % whole[axis]!), shape: [wanted.length] };
        await expectSameDerivative({ a: normal(whole, s), i }, (t) => tf.gather(t['a']!, t['i'] as tf.Tensor1D, axis));
      },
    ),
  );

  check(
    'softmax, log-softmax, cumulative sums',
    fc.asyncProperty(shape, fc.boolean(), seed, async (whole, exclusive, s) => {
      await expectSameDerivative({ a: normal(whole, s) }, (t) =>
        tf.add(
          tf.add(tf.softmax(t['a']!), tf.logSoftmax(t['a']!)),
          tf.cumsum(t['a']!, whole.length - 1, exclusive, !exclusive),
        ),
      );
    }),
  );

  check(
    'pooling, odd sizes and windows',
    fc.asyncProperty(
      fc.tuple(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(2, 16),
        fc.constantFrom('same' as const, 'valid' as const),
      ),
      seed,
      async ([h, w, window, stride, c, pad], s) => {
        if (pad === 'valid' && (window > h || window > w)) return;
        await expectSameDerivative({ a: normal([2, h, w, c], s) }, (t) => {
          const a = t['a'] as tf.Tensor4D;
          return tf.add(tf.maxPool(a, window, stride, pad), tf.avgPool(a, window, stride, pad));
        });
      },
    ),
  );

  check(
    'maximum pooling where elements tie',
    fc.asyncProperty(fc.constantFrom(2, 16), seed, async (c, s) => {
      const a = normal([2, 4, 6, c], s);
      const coarse = { ...a, data: a.data.map((v) => Math.round(v)) };
      await expectSameDerivative({ a: coarse }, (t) => tf.maxPool(t['a'] as tf.Tensor4D, 2, 2, 'valid'));
    }),
  );

  const resizing = fc.tuple(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 6 }),
    side,
    side,
    fc.constantFrom('corners', 'centres', 'neither'),
    fc.constantFrom('resizeBilinear' as const, 'resizeNearestNeighbor' as const),
  );
  check(
    'resizing: its value, and its gradient as the adjoint',
    // tfjs-cpu's gradients exchange height and width, leave half pixels out and may never end, so that
    // ⟨u, A x⟩ = ⟨Aᵀu, x⟩ is the oracle.
    fc.asyncProperty(resizing, seed, async ([h, w, newH, newW, aligned, op], s) => {
      const resize = (a: tf.Tensor): tf.Tensor4D =>
        tf.image[op](a as tf.Tensor4D, [newH, newW], aligned === 'corners', aligned === 'centres');
      const x = normal([1, h, w, 2], s);
      await expectParity({ state: {}, step: (_, t) => ({ outputs: { y: resize(t['x']!) } }) }, [{ x }]);
      const program = await openOnnxDevice().compile({
        state: {},
        batch: { x: { shape: x.shape, dtype: 'float32' }, u: { shape: [1, newH, newW, 2], dtype: 'float32' } },
        step: (_: TensorMap, t) => {
          const pulled = tf.grad((a: tf.Tensor) => tf.sum(tf.mul(resize(a), t['u']!)))(t['x']!);
          return {
            outputs: { there: tf.sum(tf.mul(resize(t['x']!), t['u']!)), back: tf.sum(tf.mul(pulled, t['x']!)) },
          };
        },
      });
      const { there, back } = await program.run({ x, u: normal([1, newH, newW, 2], s + 1) });
      expect(back!.data[0]).toBeCloseTo(there!.data[0]!, 3);
    }),
  );

  check(
    'strided slices',
    fc.asyncProperty(fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 1, maxLength: 3 }), seed, async (d, s) => {
      await expectParity(
        {
          state: {},
          step: (_, t) => ({
            outputs: {
              forth: tf.stridedSlice(
                t['a']!,
                d.map(() => 0),
                d,
                d.map((_v, i) => 1 + (i % 2)),
              ),
              back: tf.stridedSlice(
                t['a']!,
                d.map((v) => v - 1),
                d.map(() => 0),
                d.map(() => -1),
              ),
            },
          }),
        },
        [{ a: normal(d, s) }],
      );
    }),
  );
});
