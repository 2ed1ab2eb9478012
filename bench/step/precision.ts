import { openDevice } from '../../engine/compute';
import type { Device } from '../../engine/compute/device';
import { stream } from '../../engine/data/random';
import { UserError } from '../../engine/errors';
import { createOptimizer } from '../../engine/train/optimizer';
import { trainingProgram } from '../../engine/train/training-step';
import type { BenchFigure } from '../support/contract';
import { convnet, lossOf } from './networks';
import { median } from './peer';

const steps = 30;
const pairs = 16;

/**
 * The loss curve of a short run in mixed precision beside float32's, on the same WebGPU device: the convolutional network
 * of the digit studies, its spectral contrastive loss, SGD with momentum, the same batches.
 */
export async function mixedPrecision(): Promise<BenchFigure[]> {
  let device: Device;
  try {
    device = await openDevice('webgpu', 'mixed');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`Mixed precision was not measured. ${error.message}`);
    return [];
  }
  const [single, mixed] = [await losses(device, 'float32'), await losses(device, 'mixed')];
  console.error(`mixed precision, ${device.detail}\nstep  float32  mixed`);
  single.curve.forEach((value, step) =>
    console.error(`${String(step + 1).padStart(4)}  ${value.toFixed(5)}  ${mixed.curve[step]!.toFixed(5)}`),
  );
  const gap = Math.max(...single.curve.map((value, step) => Math.abs(value - mixed.curve[step]!)));
  const fall = single.curve[0]! - single.curve.at(-1)!;
  return [
    { name: 'mixed precision: float32 loss, last step', value: single.curve.at(-1)!, unit: 'loss', better: 'lower' },
    { name: 'mixed precision: mixed loss, last step', value: mixed.curve.at(-1)!, unit: 'loss', better: 'lower' },
    {
      name: `mixed precision: largest gap of the curves over the loss's fall, ${steps} steps`,
      value: gap / fall,
      unit: 'fraction',
      better: 'lower',
    },
    { name: 'mixed precision: speed over float32', value: single.ms / mixed.ms, unit: '×', better: 'higher' },
  ];
}

async function losses(device: Device, precision: 'float32' | 'mixed'): Promise<{ curve: number[]; ms: number }> {
  const optimizer = createOptimizer({ name: 'sgd', momentum: 0.9, weightDecay: 1e-4 });
  const shape = [2 * pairs, ...convnet.image];
  const program = await device.compile(
    trainingProgram(
      {
        parameters: convnet.parameters,
        batch: { x: { shape, dtype: 'float32' } },
        optimizer,
        loss: (pass, batch) => {
          const parameters = Object.fromEntries(Object.keys(convnet.parameters).map((name) => [name, pass.get(name)]));
          return lossOf(convnet, parameters, batch['x']!);
        },
      },
      precision,
    ),
  );
  const curve: number[] = [];
  const times: number[] = [];
  const random = stream(0, 'bench', 'precision');
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  for (let step = 0; step < steps; step++) {
    // Two views of a sample: the sample and a little noise.
    const samples = Float32Array.from({ length: pairs * size }, () => random.normal());
    const data = Float32Array.from(
      { length: 2 * pairs * size },
      (_, i) => samples[i % samples.length]! + 0.3 * random.normal(),
    );
    const started = performance.now();
    curve.push((await program.run({ x: { shape, data }, ...optimizer.scalars(step, 0.005) }))['loss']!.data[0]!);
    times.push(performance.now() - started);
  }
  await program.dispose();
  return { curve, ms: median(times.slice(1)) };
}
