import {
  type BackendValues,
  type DataId,
  type DataType,
  engine,
  getKernel,
  KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  registerBackend,
  registerKernel,
  type Tensor,
  type TensorInfo,
} from '../tensorflow';
import { type ConstantData, type TraceNode, traceType, type Value } from './values';
import { kernels } from '../lower';

export const traceBackendName = 'eigenprobe-trace';

/** A TensorFlow.js backend that records kernels instead of running them. */
class TraceBackend extends KernelBackend {
  private readonly values = new WeakMap<DataId, Value>();
  private count = 0;

  recorded(tensor: Pick<TensorInfo, 'dataId'>): Value {
    const value = this.values.get(tensor.dataId);
    if (!value) throw new Error('A tensor from outside the traced function was used inside it.');
    return value;
  }

  /** Makes a tensor that stands for the value. */
  info(value: Value): TensorInfo {
    const dataId = {};
    this.values.set(dataId, value);
    this.count++;
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype);
    return dataId;
  }

  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType): void {
    this.values.set(dataId, {
      shape,
      dtype: traceType(dtype),
      source: { kind: 'constant', data: toConstant(values, dtype) },
    });
    this.count++;
  }

  override readSync(): BackendValues {
    throw new Error('A traced function may not read values: it is recorded before it runs.');
  }
  override read(): Promise<BackendValues> {
    return Promise.reject(new Error('A traced function may not read values: it is recorded before it runs.'));
  }
  override disposeData(): boolean {
    return true;
  }
  override refCount(): number {
    return 1;
  }
  override incRef(): void {}
  decRef(): void {}
  override numDataIds(): number {
    return this.count;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override dispose(): void {}
}

function toConstant(values: BackendValues, dtype: DataType): ConstantData {
  if (dtype === 'float32')
    return values instanceof Float32Array ? values.slice() : Float32Array.from(values as ArrayLike<number>);
  if (dtype === 'int32') return Int32Array.from(values as ArrayLike<number>);
  return Uint8Array.from(values as ArrayLike<number>);
}

let backend: TraceBackend | undefined;

function traceBackend(): TraceBackend {
  if (backend) return backend;
  const created = new TraceBackend();
  registerBackend(traceBackendName, () => created);
  for (const [kernelName, definition] of kernels) {
    registerKernel({
      kernelName,
      backendName: traceBackendName,
      kernelFunc: ({ inputs, attrs }) => {
        const node: TraceNode = {
          kernel: kernelName,
          ...splitInputs(created, inputs),
          attributes: attrs ?? ({} as NamedAttrMap),
          outputs: [],
        };
        for (const { shape, dtype } of definition.infer(node)) {
          if (shape.some((d) => d === 0))
            throw new Error(`${kernelName} has an empty result of shape [${shape.join(', ')}].`);
          node.outputs.push({ shape, dtype, source: { kind: 'node', node } });
        }
        const infos = node.outputs.map((value) => created.info(value));
        return definition.many ? infos : infos[0]!;
      },
    });
  }
  backend = created;
  return created;
}

/** Named inputs, or a numbered list as Concat, Pack and AddN have it. */
function splitInputs(from: TraceBackend, inputs: NamedTensorInfoMap): Pick<TraceNode, 'inputs' | 'list'> {
  const entries = Object.entries(inputs).filter((entry): entry is [string, TensorInfo] => Boolean(entry[1]));
  if (entries.every(([name]) => /^\d+$/.test(name))) {
    return { inputs: {}, list: entries.sort((a, b) => Number(a[0]) - Number(b[0])).map(([, t]) => from.recorded(t)) };
  }
  return { inputs: Object.fromEntries(entries.map(([name, tensor]) => [name, from.recorded(tensor)])), list: [] };
}

/**
 * Records what `program` does with placeholders of the given shapes; those that carry data become constants.
 * @returns the recorded value of each tensor that it returns.
 */
export function trace(
  inputs: Record<string, { shape: readonly number[]; dtype: 'float32' | 'int32'; data?: ConstantData }>,
  program: (inputs: Record<string, Tensor>) => Record<string, Tensor>,
): Record<string, Value> {
  const recorder = traceBackend();
  const previous = engine().backendName;
  void engine().setBackend(traceBackendName);
  try {
    return Object.fromEntries(
      Object.entries(
        scoped(() => {
          const placeholders = Object.fromEntries(
            Object.entries(inputs).map(([name, { shape, dtype, data }]) => {
              const source = data ? ({ kind: 'constant', data } as const) : ({ kind: 'input', name } as const);
              const info = recorder.info({ shape, dtype, source });
              return [name, engine().makeTensorFromTensorInfo(info)];
            }),
          );
          const results = program(placeholders);
          return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, recorder.recorded(t)]));
        }),
      ),
    );
  } finally {
    if (previous) void engine().setBackend(previous);
  }
}

function scoped<T>(work: () => T): T {
  engine().startScope('trace');
  try {
    return work();
  } finally {
    engine().endScope();
  }
}

/** True if the trace backend knows the kernel. */
export function canTrace(kernelName: string): boolean {
  traceBackend();
  return getKernel(kernelName, traceBackendName) !== undefined;
}
