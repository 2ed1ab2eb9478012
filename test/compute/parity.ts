import { expect } from 'vitest';
import { openEagerDevice } from '../../engine/compute/eager-device';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import type { HostArray, HostArrays, ProgramDefinition } from '../../engine/compute/device';
import { stream } from '../../engine/data/random';

/** Standard normal values of the given shape. */
export function normal(shape: number[], seed = 0, scale = 1): HostArray {
  const random = stream(seed, 'test', ...shape);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * random.normal());
  return { data, shape };
}

export function signatureOf(arrays: HostArrays): ProgramDefinition['batch'] {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { data, shape }]) => [
      name,
      { shape, dtype: data instanceof Int32Array ? ('int32' as const) : ('float32' as const) },
    ]),
  );
}

/** Largest difference relative to the largest magnitude of the reference. */
export function relativeError(actual: HostArray, expected: HostArray): number {
  expect(actual.shape).toEqual(expected.shape);
  let difference = 0;
  let magnitude = 1e-6;
  for (let i = 0; i < expected.data.length; i++) {
    difference = Math.max(difference, Math.abs(actual.data[i]! - expected.data[i]!));
    magnitude = Math.max(magnitude, Math.abs(expected.data[i]!));
    if (Number.isNaN(actual.data[i]!) !== Number.isNaN(expected.data[i]!)) return Infinity;
  }
  return difference / magnitude;
}

/** Runs the step compiled and on tfjs-cpu for some steps and compares every output and the state afterwards. */
export async function expectParity(
  definition: Omit<ProgramDefinition, 'batch'>,
  batches: HostArrays[],
  tolerance = 1e-4,
): Promise<void> {
  const whole = { ...definition, batch: signatureOf(batches[0]!) };
  const compiled = await openOnnxDevice().compile(whole);
  const eager = await openEagerDevice().compile(whole);
  for (const batch of batches) {
    const actual = await compiled.run(batch);
    const expected = await eager.run(batch);
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
    for (const name of Object.keys(expected)) {
      expect(relativeError(actual[name]!, expected[name]!), `output ${name}`).toBeLessThan(tolerance);
    }
  }
  const [actual, expected] = [await compiled.state(), await eager.state()];
  for (const name of Object.keys(actual)) {
    expect(relativeError(actual[name]!, expected[name]!), `state ${name}`).toBeLessThan(tolerance);
  }
  await compiled.dispose();
  await eager.dispose();
}
