import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import { compileProgram } from './compile';
import { channelBlock } from './onnx/channel-block';
import type { Device, HostArray, HostArrays, Program, ProgramDefinition } from './device';

/** Session options under which the same inputs always give the same bits on the same machine. */
export const sessionOptions: ort.InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  // Warnings of ONNX Runtime are about our graphs, not for users.
  logSeverityLevel: 3,
};

/** ONNX Runtime on the CPU: each program is compiled once into one ONNX graph. */
export function openOnnxDevice(): Device {
  return {
    name: 'cpu',
    detail: `ONNX Runtime ${ort.env.versions.node ?? ''} on the CPU`.replace('  ', ' '),
    compile: (definition) => OnnxProgram.create(definition),
  };
}

class OnnxProgram implements Program {
  private running = false;

  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly model: ReturnType<typeof compileProgram>,
    /** What the next step reads. */
    private current: Record<string, ort.Tensor>,
    /** What the next step writes, into memory that is used again: no copy of the weights at each step. */
    private spare: Record<string, ort.Tensor>,
  ) {}

  static async create(definition: ProgramDefinition): Promise<OnnxProgram> {
    const cpu = { channelBlock: await channelBlock(), threads: availableParallelism() };
    const model = compileProgram(definition, { cpu });
    const session = await ort.InferenceSession.create(model.bytes, sessionOptions);
    const current = Object.fromEntries(
      Object.entries(definition.frozen ? {} : definition.state).map(([name, array]) => [name, toTensor(copy(array))]),
    );
    const spare = Object.fromEntries(
      model.writes.map((name) => {
        const { data, shape } = definition.state[name]!;
        const empty = data instanceof Int32Array ? new Int32Array(data.length) : new Float32Array(data.length);
        return [name, toTensor({ data: empty, shape })];
      }),
    );
    return new OnnxProgram(session, { ...model, bytes: new Uint8Array() }, current, spare);
  }

  async run(batch: HostArrays): Promise<HostArrays> {
    // Two runs of one session at once crash ONNX Runtime (microsoft/onnxruntime #32561).
    if (this.running) throw new Error('A program was run twice at once.');
    this.running = true;
    try {
      const feeds: Record<string, ort.Tensor> = {};
      const inputs = new Set(this.session.inputNames);
      for (const name of this.model.reads) feeds[`state/${name}`] = this.current[name]!;
      for (const [name, array] of Object.entries(batch)) {
        if (inputs.has(`batch/${name}`)) feeds[`batch/${name}`] = toTensor(array);
      }
      const fetches: Record<string, ort.Tensor | null> = {};
      for (const name of this.model.writes) fetches[`next/${name}`] = this.spare[name]!;
      for (const name of Object.keys(this.model.outputs)) fetches[`out/${name}`] = null;
      const results = await this.session.run(feeds, fetches);
      for (const name of this.model.writes) {
        const written = this.spare[name]!;
        this.spare[name] = this.current[name]!;
        this.current[name] = written;
      }
      return Object.fromEntries(
        Object.keys(this.model.outputs).map((name) => [name, fromTensor(results[`out/${name}`]!)]),
      );
    } finally {
      this.running = false;
    }
  }

  state(): Promise<HostArrays> {
    return Promise.resolve(
      Object.fromEntries(Object.entries(this.current).map(([name, tensor]) => [name, copy(fromTensor(tensor))])),
    );
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

function copy(array: HostArray): HostArray {
  return { data: array.data.slice(), shape: array.shape };
}

function toTensor({ data, shape }: HostArray): ort.Tensor {
  return data instanceof Int32Array ? new ort.Tensor('int32', data, shape) : new ort.Tensor('float32', data, shape);
}

function fromTensor(tensor: ort.Tensor): HostArray {
  const { data } = tensor;
  if (data instanceof Float32Array || data instanceof Int32Array) return { data, shape: tensor.dims };
  return { data: Int32Array.from(data as Uint8Array), shape: tensor.dims };
}
