import '@tensorflow/tfjs-backend-cpu';
import { clone, engine, env, keep, type Tensor, tensor, version_core } from './tensorflow';
import type { Device, HostArray, HostArrays, Program, ProgramDefinition, TensorMap } from './device';

/**
 * TensorFlow.js's plain CPU backend, one kernel at a time: slow, and the reference that compiled programs are
 * tested against.
 */
export function openEagerDevice(backendName = 'cpu'): Device {
  // Otherwise the backend's first use prints an advertisement for tfjs-node.
  env().set('IS_NODE', false);
  return {
    name: 'eager',
    detail: `TensorFlow.js ${version_core}, ${backendName} backend, not compiled (slow)`,
    compile: (definition) => Promise.resolve(new EagerProgram(definition, backendName)),
  };
}

class EagerProgram implements Program {
  /** Lies where the backend computes, from step to step. */
  private current: TensorMap | undefined;

  constructor(
    private readonly definition: ProgramDefinition,
    private readonly backendName: string,
  ) {}

  async run(batch: HostArrays): Promise<HostArrays> {
    await engine().setBackend(this.backendName);
    engine().startScope('eager');
    try {
      const state = (this.current ??= kept(toTensors(this.definition.state)));
      const result = this.definition.step(state, toTensors(batch));
      const outputs = read(result.outputs);
      // A step may hand on what it was given, under the same or another name.
      const next = { ...state, ...kept(cloned(result.state ?? {})) };
      for (const name of Object.keys(result.state ?? {})) state[name]?.dispose();
      this.current = next;
      return outputs;
    } finally {
      engine().endScope();
    }
  }

  async state(): Promise<HostArrays> {
    if (this.definition.frozen) return {};
    if (!this.current) return this.definition.state;
    await engine().setBackend(this.backendName);
    return read(this.current);
  }

  dispose(): Promise<void> {
    for (const tensor of Object.values(this.current ?? {})) tensor.dispose();
    this.current = undefined;
    return Promise.resolve();
  }
}

const cloned = (tensors: TensorMap): TensorMap =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, clone(value)]));

/** The tensors outlive the scope that they were made in. */
function kept(tensors: TensorMap): TensorMap {
  for (const tensor of Object.values(tensors)) keep(tensor);
  return tensors;
}

function toTensors(arrays: HostArrays): TensorMap {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { data, shape }]) => [
      name,
      tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
    ]),
  );
}

function read(tensors: Record<string, Tensor>): HostArrays {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, value]): [string, HostArray] => {
      const data = value.dataSync();
      return [name, { data: data instanceof Float32Array ? data.slice() : Int32Array.from(data), shape: value.shape }];
    }),
  );
}
