import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import { stream } from '../../engine/data/random';
import { Cancelled, UserError } from '../../engine/errors';
import { createEncoder } from '../../engine/model/create';
import { newHead } from '../../engine/model/heads';
import { createdEncoderSchema } from '../../engine/study/schema';
import { trainClassifier, type ClassifyOptions } from '../../engine/train/classify';
import { readCheckpoint } from '../../engine/train/checkpoint';

const n = 40;
const sampleShape = [8, 8, 1];
const random = stream(5, 'pictures');
// A bright left half, or a bright right half.
const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
const values = Uint8Array.from({ length: n * 64 }, (_, i) => {
  const right = i % 8 >= 4;
  return (right === (labels[Math.floor(i / 64)] === 1) ? 160 : 60) + random.below(60);
});
const dataset = { sampleShape, values, labels, classNames: ['left', 'right'], mean: [0.5], std: [0.25] };
const block = createdEncoderSchema.parse({ architecture: 'convnet', width: 2, features: 8 });
const encoder = createEncoder(block, dataset);

function options(changes: Partial<ClassifyOptions> = {}): ClassifyOptions {
  return {
    device: openOnnxDevice(),
    encoder,
    parameters: { ...encoder.initialize(stream(1)), ...newHead(8, 2, stream(2)) },
    dataset,
    rows: labels.map((_, i) => i),
    optimizer: { name: 'adamw', learningRate: 0.01, warmupSteps: 2, weightDecay: 1e-4, momentum: 0.9 },
    epochs: 6,
    batchSize: 10,
    augmentation: 'light',
    mode: 'train',
    seed: 7,
    signal: new AbortController().signal,
    label: 'Training',
    ...changes,
  };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'train-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('train', () => {
  it('learns, and gives the same numbers for the same seed', async () => {
    const first = await trainClassifier(options());
    expect(first.losses.length).toBe(24);
    expect(first.losses[0]).toBeGreaterThan(0.4);
    expect(first.losses.at(-1)).toBeLessThan(0.2);
    const second = await trainClassifier(options());
    expect(second).toEqual(first);
    expect((await trainClassifier(options({ seed: 8 }))).losses).not.toEqual(first.losses);
  });

  it('goes on from a checkpoint to the numbers of an undisturbed run', async () => {
    const file = join(folder, 'checkpoint.safetensors');
    const whole = await trainClassifier(options());
    const stop = new AbortController();
    const interrupted = options({
      checkpoint: { file, everySteps: 5 },
      signal: stop.signal,
      onStep: (done) => done === 13 && stop.abort(),
    });
    await expect(trainClassifier(interrupted)).rejects.toThrow(Cancelled);
    const left = await readCheckpoint(file);
    expect(left!.step).toBe(13);
    expect([...left!.losses]).toEqual([...whole.losses.subarray(0, 13)]);
    let steps = 0;
    const resumed = await trainClassifier(options({ checkpoint: { file, everySteps: 5 }, onStep: () => steps++ }));
    expect(steps).toBe(24 - 13);
    expect(resumed).toEqual(whole);
  });

  it('stops at a loss that is no number, says where, and keeps the last good checkpoint', async () => {
    const file = join(folder, 'checkpoint.safetensors');
    const wild = options({
      checkpoint: { file, everySteps: 1 },
      optimizer: { name: 'sgd', learningRate: 1e30, warmupSteps: 0, weightDecay: 0, momentum: 0.9 },
    });
    const error = await trainClassifier(wild).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(
      /^Training: the loss is no longer a finite number at step \d+ \(learning rate 1e\+30\); lower the learning rate/,
    );
    if (existsSync(file)) {
      const { state } = (await readCheckpoint(file))!;
      expect(Object.values(state).every(({ data }) => data.every(Number.isFinite))).toBe(true);
    }
  });

  it('keeps running statistics where batch normalisation is frozen', async () => {
    const start = options({ mode: 'evaluate' });
    const { parameters } = await trainClassifier(start);
    for (const [name, { data }] of Object.entries(parameters)) {
      if (name.includes('running')) expect(data, name).toEqual(start.parameters[name]!.data);
    }
    expect(parameters['conv1.weight']!.data).not.toEqual(start.parameters['conv1.weight']!.data);
  });
});
