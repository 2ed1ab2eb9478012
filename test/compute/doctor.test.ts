import { describe, expect, it } from 'vitest';
import { examine } from '../../engine/commands/doctor';
import { linkTensorflow } from '../../engine/compute/linked-tensorflow';
import { installedTensorflow } from '../../engine/compute/tensorflow-device';

describe('doctor', () => {
  it('times a training step that learns', async () => {
    const { present, detail, step } = await examine('cpu');
    expect(present).toBe(true);
    expect(detail).toContain('ONNX Runtime');
    expect(step!.stepMs).toBeGreaterThan(0);
    expect(step!.lastLoss).toBeLessThan(step!.firstLoss);
  });

  it('looks for a device without training on it where it has to be quick', async () => {
    const found = await examine('cpu', true);
    expect(found.present).toBe(true);
    expect(found).not.toHaveProperty('step');
  });

  it.skipIf(installedTensorflow() !== undefined)('says what is missing and what to do', async () => {
    const { present, detail, mend } = await examine('tensorflow');
    expect(present).toBe(false);
    expect(detail).toContain('neither');
    expect(mend).toContain('npm install @tensorflow/tfjs-node-gpu@4.22.0');
    await expect(linkTensorflow('python3')).rejects.toThrow('There is no tfjs-node to link: run "npm install');
  });
});
