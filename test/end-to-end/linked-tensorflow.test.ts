import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../engine/data/npy';
import { generateExample } from '../../engine/example/generate';
import { listRuns } from '../../engine/run/directory';
import { temporaryFolder } from '../run/support/process';
import { bundleEngine } from '../support/engine-bundle';
import { hasLaterNodes, laterNode } from '../support/node-version';

/** A Python that has TensorFlow (half a gigabyte, so that nothing here installs it). */
const python = process.env['EIGENPROBE_TENSORFLOW_PYTHON'] ?? 'python3';
const question = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("tensorflow") is None)';
const hasTensorflow = spawnSync(python, ['-c', question]).status === 0;
const notRun = hasTensorflow ? '' : ' (not run: no TensorFlow in python3; EIGENPROBE_TENSORFLOW_PYTHON names one)';

const study = (device: string): string => `{
  "name": "Tiny",
  "data": { "folder": "images", "source": "photo", "target": "sketch", "image": { "size": 16 } },
  "device": "${device}",
  "encoder": { "architecture": "convnet", "width": 4, "features": 16 },
  "pretrain": { "epochs": 4, "batchSize": 32, "projection": { "hidden": 16, "output": 8 } }
}`;

const home = temporaryFolder();
let engine: Awaited<ReturnType<typeof bundleEngine>>;

async function lossesOn(node: string, device: string, name: string): Promise<number[]> {
  const workspace = join(home.path, name);
  mkdirSync(workspace);
  await generateExample(workspace, { seed: 1, perCell: 24, classes: ['clock', 'tree'] });
  const file = join(workspace, 'tiny.eigenprobe.json');
  writeFileSync(file, study(device));
  execFileSync(node, [engine.program, 'run', file], { stdio: 'pipe' });
  const [newest] = await listRuns(workspace);
  const { data } = await readNpy(join(newest!.directory, 'stages/pretrain/losses.npy'));
  return Array.from(data as Float32Array);
}

describe.skipIf(!hasTensorflow)(`a linked TensorFlow${notRun}`, { timeout: 600_000 }, () => {
  let expected: number[];

  beforeAll(async () => {
    engine = await bundleEngine('linked-tensorflow');
    // Where the program looks for packages first.
    const folder = dirname(dirname(engine.program));
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const packages = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '@tensorflow/tfjs-node@4.22.0'];
    execFileSync('npm', packages, { cwd: folder, stdio: 'pipe' });
    execFileSync(process.execPath, [engine.program, 'doctor', '--link-tensorflow', python], { stdio: 'pipe' });
    expected = await lossesOn(process.execPath, 'cpu', 'cpu');
  }, 600_000);
  afterAll(() => {
    engine.remove();
    home.remove();
  });

  async function trains(node: string, name: string): Promise<void> {
    const losses = await lossesOn(node, 'tensorflow', name);
    expect(losses).toHaveLength(expected.length);
    losses.forEach((loss, step) => expect(Math.abs(loss - expected[step]!)).toBeLessThan(1e-3));
  }

  it('trains as ONNX Runtime does', () => trains(process.execPath, 'this'));
  it.skipIf(!hasLaterNodes)('trains so on Node 22', () => trains(laterNode(22), 'node-22'));
  it.skipIf(!hasLaterNodes)('trains so on Node 24', () => trains(laterNode(24), 'node-24'));
});
