import { existsSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { DeviceAbsent, firstLine } from './absent';
import type { Device } from './device';
import { onnxRuntimeVersion, sessionOptions } from './onnx-device';
import { OnnxGraph } from './onnx/graph';
import { HostProgram } from './onnx/host-program';
import { SessionPool } from './onnx/sessions';

const options = { ...sessionOptions, executionProviders: ['cuda'] };

/** ONNX Runtime's CUDA provider, where its libraries were installed beside the npm package. */
export async function openCudaDevice(): Promise<Device> {
  const missing = missingCuda();
  if (missing) throw absent(missing);
  try {
    const graph = new OnnxGraph();
    graph.output('y', graph.add('Relu', [graph.input('x', 'float32', [4])]), 'float32', [4]);
    const session = await ort.InferenceSession.create(graph.finish(), options);
    await session.run({ x: new ort.Tensor('float32', new Float32Array(4), [4]) });
    await session.release();
  } catch (error) {
    throw absent(firstLine(error));
  }
  const pool = new SessionPool(options);
  return {
    name: 'cuda',
    detail: `ONNX Runtime ${onnxRuntimeVersion} on CUDA`,
    compile: (definition) => HostProgram.create('cuda', pool, definition, {}),
  };
}

function absent(reason: string): DeviceAbsent {
  return new DeviceAbsent(
    'cuda',
    reason,
    'Run "ONNXRUNTIME_NODE_INSTALL=cuda npm rebuild onnxruntime-node" where Eigenprobe is installed, with CUDA 12 and cuDNN 9 on the machine',
  );
}

/** What is missing for CUDA, looked up without loading it: ONNX Runtime prints an error of its own when that fails. */
export function missingCuda(): string | undefined {
  if (process.platform === 'linux' && !existsSync('/dev/nvidiactl') && !existsSync('/dev/dxg')) {
    return 'no NVIDIA driver (/dev/nvidiactl)';
  }
  if (process.platform === 'darwin') return 'macOS has no CUDA';
  const libraries = providerFolder();
  if (libraries === undefined) return "ONNX Runtime's CUDA libraries are not installed";
  return undefined;
}

function providerFolder(): string | undefined {
  const name = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  const candidates = ['napi-v6', 'napi-v3'].map((api) => `bin/${api}/${process.platform}/${process.arch}/${name}`);
  for (const candidate of candidates) {
    const path = new URL(candidate, packageFolder());
    if (existsSync(path)) return path.href;
  }
  return undefined;
}

/** onnxruntime-node's own folder. */
function packageFolder(): URL {
  const entry = import.meta.resolve('onnxruntime-node');
  return new URL(entry.slice(0, entry.lastIndexOf('onnxruntime-node/') + 'onnxruntime-node/'.length));
}
