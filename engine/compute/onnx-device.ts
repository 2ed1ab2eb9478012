import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import type { Device } from './device';
import { channelBlock } from './onnx/channel-block';
import { HostProgram } from './onnx/host-program';
import { SessionPool, type SessionOptions } from './onnx/sessions';

/** Session options under which the same inputs always give the same bits on the same machine. */
export const sessionOptions: SessionOptions = {
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  // Warnings of ONNX Runtime are about our graphs, not for users.
  logSeverityLevel: 3,
  // A memory pattern is one block for a whole run, beside the arena that the first run has filled: half as much again
  // at the peak, and no faster.
  enableMemPattern: false,
};

export const onnxRuntimeVersion = ort.env.versions.node ?? ort.env.versions.common;

/** ONNX Runtime on the CPU: each program is compiled once into one ONNX graph. */
export function openOnnxDevice(): Device {
  const pool = new SessionPool(sessionOptions);
  const threads = availableParallelism();
  return {
    name: 'cpu',
    detail: `ONNX Runtime ${onnxRuntimeVersion} on the CPU, ${threads} threads`,
    compile: async (definition) =>
      HostProgram.create('cpu', pool, definition, { cpu: { channelBlock: await channelBlock(), threads } }),
  };
}
