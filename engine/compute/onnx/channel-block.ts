import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { OnnxGraph } from './graph';

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
    return blockIn(await readFile(path), channels);
  } finally {
    await rm(folder, { recursive: true, force: true });
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
