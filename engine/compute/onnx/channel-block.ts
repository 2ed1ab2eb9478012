import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { blockedDomain, OnnxGraph } from './graph';

let known: Promise<number> | undefined;

/**
 * How many channels ONNX Runtime's blocked CPU kernels take together on this processor (16 with AVX-512, 8 with
 * AVX2), or 0 where it has none. It does not say so itself; but it lays a constant filter out accordingly when it
 * optimises a graph, and can save the result. Running such a kernel where there is none would end the process.
 */
export function channelBlock(): Promise<number> {
  known ??= probe().catch(() => 0);
  return known;
}

async function probe(): Promise<number> {
  // Filter element (o, i) is 64·o + i + 1. In blocks of b, it is followed by (o + 1, i) unless a block ends there.
  const channels = 64;
  const filter = Float32Array.from({ length: channels * channels * 9 }, (_, k) => Math.floor(k / 9) + 1);
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float32', [1, channels, 4, 4]);
  const weights = graph.constant(filter, [channels, channels, 3, 3], 'float32');
  const y = graph.add('Conv', [x, weights], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  graph.output('y', y, 'float32', [1, channels, 4, 4]);
  const folder = await mkdtemp(join(tmpdir(), 'eigenprobe-'));
  try {
    const path = join(folder, 'optimised.onnx');
    const session = await ort.InferenceSession.create(graph.finish(), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      optimizedModelFilePath: path,
      logSeverityLevel: 4,
    });
    await session.release();
    const block = blockIn(await readFile(path), channels);
    return block > 0 && (await computesRight(block)) ? block : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Compares a blocked convolution with the plain one: a layout that was read wrongly must not train anything. */
async function computesRight(block: number): Promise<boolean> {
  const channels = 4 * block;
  const graph = new OnnxGraph();
  const x = graph.input('x', 'float32', [1, channels, 5, 5]);
  const filter = graph.input('filter', 'float32', [channels, channels, 3, 3]);
  const window = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
  const shaped = (name: string, shape: number[]): string => graph.add('Reshape', [name, graph.integers(shape)]);
  const split = shaped(filter, [4, block, 4, block, 3, 3]);
  const moved = graph.add('Transpose', [split], { perm: [0, 2, 4, 5, 3, 1] });
  const source = graph.add('ReorderInput', [x], {}, blockedDomain);
  const blocked = graph.add('Conv', [source, shaped(moved, [channels, channels, 3, 3])], window, blockedDomain);
  const y = graph.add('ReorderOutput', [blocked], { channels }, blockedDomain);
  const difference = graph.add('Abs', [graph.add('Sub', [y, graph.add('Conv', [x, filter], window)])]);
  graph.output('worst', graph.add('ReduceMax', [difference], { keepdims: 0 }), 'float32', []);
  const session = await ort.InferenceSession.create(graph.finish(), {
    executionProviders: ['cpu'],
    logSeverityLevel: 4,
  });
  try {
    // Any values do that are not symmetric.
    const values = (size: number, step: number): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => ((i * step) % 17) / 17 - 0.5);
    const { worst } = await session.run({
      x: new ort.Tensor('float32', values(channels * 25, 7), [1, channels, 5, 5]),
      filter: new ort.Tensor('float32', values(channels * channels * 9, 5), [channels, channels, 3, 3]),
    });
    return (worst!.data[0] as number) < 1e-3;
  } finally {
    await session.release();
  }
}

/** Length of the run 1, 1 + channels, 1 + 2·channels, … that starts a blocked filter. */
function blockIn(model: Buffer, channels: number): number {
  const start = Buffer.from(Float32Array.of(1, 1 + channels, 1 + 2 * channels).buffer);
  const at = model.indexOf(start);
  if (at < 0) return 0;
  let block = 0;
  while (model.readFloatLE(at + 4 * block) === 1 + block * channels) block++;
  return block;
}
