import { stream } from '../data/random';
import { batchNorm } from './batch-norm';
import type { Device, HostArray, ProgramDefinition, TensorMap } from './device';
import { lossAndGradients } from './gradients';
import {
  add,
  conv2d,
  matMul,
  mean,
  mul,
  relu,
  square,
  sub,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from './tensorflow';

export interface StepTime {
  readonly images: number;
  /** Side of an image in pixels. */
  readonly side: number;
  readonly compileMs: number;
  /** Median of the steps after the first. */
  readonly stepMs: number;
  /** Loss before the first and before the last step. */
  readonly firstLoss: number;
  readonly lastLoss: number;
}

/** A real training step of a small convolutional network: two convolutions, batch norm, a linear layer, SGD. */
export function probeDefinition(images: number, side: number): ProgramDefinition {
  const random = stream(0, 'probe-step');
  const normal = (shape: number[], scale: number): HostArray => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * random.normal()),
  });
  const ones = (size: number, value = 1): HostArray => ({ shape: [size], data: new Float32Array(size).fill(value) });
  const state = {
    first: normal([3, 3, 3, 32], 0.25),
    scale: ones(32),
    offset: ones(32, 0),
    second: normal([3, 3, 32, 64], 0.08),
    linear: normal([64, 8], 0.2),
  };
  const names = Object.keys(state);
  return {
    state,
    batch: { x: { shape: [images, side, side, 3], dtype: 'float32' } },
    step: (parameters, { x }) => {
      const { loss, gradients } = lossAndGradients(parameters, (p) => {
        const inner = conv2d(x as Tensor4D, p['first'] as Tensor4D, 1, 'same');
        const normal = batchNorm(inner, p['scale'] as Tensor1D, p['offset'] as Tensor1D, 1e-5).y;
        const outer = relu(conv2d(relu(normal), p['second'] as Tensor4D, 2, 'same'));
        const z = matMul(mean(outer, [1, 2]) as Tensor2D, p['linear'] as Tensor2D);
        return { loss: mean(square(sub(z, 1))) };
      });
      const next: TensorMap = {};
      for (const name of names) next[name] = add(parameters[name]!, mul(gradients[name]!, -0.05));
      return { state: next, outputs: { loss } };
    },
  };
}

/** Compiles and runs the probe step on the device. */
export async function timeStep(device: Device, images: number, side: number, steps = 4): Promise<StepTime> {
  const definition = probeDefinition(images, side);
  const { shape } = definition.batch['x']!;
  const random = stream(1, 'probe-step');
  const x: HostArray = {
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  };
  const begin = performance.now();
  const program = await device.compile(definition);
  const compileMs = performance.now() - begin;
  const times: number[] = [];
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    losses.push((await program.run({ x }))['loss']!.data[0]!);
    times.push(performance.now() - start);
  }
  await program.dispose();
  const later = times.slice(1).sort((a, b) => a - b);
  return {
    images,
    side,
    compileMs,
    stepMs: later[later.length >> 1]!,
    firstLoss: losses[0]!,
    lastLoss: losses[losses.length - 1]!,
  };
}
