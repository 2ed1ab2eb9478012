import { describe, expect, test } from 'vitest';
import { commandIn, readDeviceReport } from '../../extension/engine/device-report';

const machine = {
  engine: '0.1.0',
  node: '20.1.0',
  platform: 'linux-x64',
  processor: 'A Processor',
  threads: 2,
  memoryGb: 24,
};

describe('what the doctor says', () => {
  test('is read, and what it does not say is left out', () => {
    const step = { images: 64, side: 32, stepMs: 12.5, compileMs: 90, firstLoss: 2, lastLoss: 1 };
    const report = readDeviceReport(
      JSON.stringify({
        machine,
        devices: [
          { device: 'cpu', present: true, detail: 'ONNX Runtime', step },
          { device: 'cuda', present: false, detail: 'no driver', mend: 'Run "npm rebuild x" where it is' },
          { device: 'eager', present: true, detail: 'TensorFlow.js', step: { stepMs: 'soon' } },
          { nothing: 'of ours' },
        ],
        auto: { device: 'cpu', detail: '' },
      }),
    )!;
    expect(report.best).toBe('cpu');
    expect(report.machine).toBe('Eigenprobe 0.1.0, Node 20.1.0, linux-x64, A Processor, 2 threads, 24 GB');
    expect(report.devices.map(({ device }) => device)).toEqual(['cpu', 'cuda', 'eager']);
    expect(report.devices[0]!.step).toMatchObject({ stepMs: 12.5, images: 64 });
    expect(report.devices[1]!.mend).toBe('Run "npm rebuild x" where it is');
    expect(report.devices[2]).not.toHaveProperty('step');
  });

  test.each(['', 'no JSON', '[]', '{"machine": {}}', '{"machine": {}, "devices": [], "auto": 3}'])(
    'is nothing where it is no report: %s',
    (text) => expect(readDeviceReport(text)).toBeUndefined(),
  );

  test.each([
    [
      'Run "npm install @tensorflow/tfjs-node-gpu@4.22.0" (or tfjs-node) where …',
      'npm install @tensorflow/tfjs-node-gpu@4.22.0',
    ],
    [
      'Run "ONNXRUNTIME_NODE_INSTALL=cuda npm rebuild onnxruntime-node" where …',
      'ONNXRUNTIME_NODE_INSTALL=cuda npm rebuild onnxruntime-node',
    ],
    ["Install the GPU's driver", undefined],
  ])('has a command to copy: %s', (mend, command) => expect(commandIn(mend)).toBe(command));
});
