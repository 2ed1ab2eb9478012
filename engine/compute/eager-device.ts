import '@tensorflow/tfjs-backend-cpu';
import { engine, env, type Tensor, tensor, version_core } from './tensorflow';
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
  private current: HostArrays;

  constructor(
    private readonly definition: ProgramDefinition,
    private readonly backendName: string,
  ) {
    this.current = definition.state;
  }

  async run(batch: HostArrays): Promise<HostArrays> {
    await engine().setBackend(this.backendName);
    engine().startScope('eager');
    try {
      const result = this.definition.step(toTensors(this.current), toTensors(batch));
      const next = read(result.state ?? {});
      this.current = { ...this.current, ...next };
      return read(result.outputs);
    } finally {
      engine().endScope();
    }
  }

  state(): Promise<HostArrays> {
    return Promise.resolve(this.definition.frozen ? {} : this.current);
  }

  dispose(): Promise<void> {
    this.current = {};
    return Promise.resolve();
  }
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
      // Results that were kept past a gradient's own scope would never be freed.
      value.dispose();
      return [name, { data: data instanceof Float32Array ? data.slice() : Int32Array.from(data), shape: value.shape }];
    }),
  );
}
