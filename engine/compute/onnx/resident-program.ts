import type * as ort from 'onnxruntime-node';
import { compileProgram, type CompiledModel } from '../compile';
import type { HostArrays, Program, ProgramDefinition } from '../device';
import { onDevice } from '../device-errors';
import { fromTensor, toTensor } from './arrays';
import { ElementType, type ElementTypeName, OnnxGraph } from './graph';
import type { Lease, SessionPool } from './sessions';

type Tensors = Record<string, ort.Tensor>;

/** A compiled program whose state stays in the GPU's memory between steps; only batches and outputs travel. */
export class ResidentProgram implements Program {
  private running = false;

  private constructor(
    private readonly device: string,
    private readonly pool: SessionPool,
    private readonly lease: Lease,
    private readonly model: Omit<CompiledModel, 'bytes'>,
    private readonly frozen: boolean,
    private current: Tensors,
  ) {}

  static create(device: string, pool: SessionPool, definition: ProgramDefinition): Promise<ResidentProgram> {
    const frozen = definition.frozen === true;
    return onDevice(device, async () => {
      const { bytes, ...model } = compileProgram(definition);
      const preferredOutputLocation: Record<string, 'cpu' | 'gpu-buffer'> = {};
      for (const name of model.writes) preferredOutputLocation[`next/${name}`] = 'gpu-buffer';
      for (const name of Object.keys(model.outputs)) preferredOutputLocation[`out/${name}`] = 'cpu';
      const lease = await pool.take(bytes, { preferredOutputLocation });
      const host = Object.entries(frozen ? {} : definition.state).map(
        ([name, array]) => [name, toTensor(array)] as const,
      );
      const current = await move(pool, Object.fromEntries(host), 'gpu-buffer');
      return new ResidentProgram(device, pool, lease, model, frozen, current);
    });
  }

  async run(batch: HostArrays): Promise<HostArrays> {
    if (this.running) throw new Error('A program was run twice at once.');
    this.running = true;
    try {
      return await onDevice(this.device, () => this.step(batch));
    } finally {
      this.running = false;
    }
  }

  private async step(batch: HostArrays): Promise<HostArrays> {
    const { session } = this.lease;
    const inputs = new Set(session.inputNames);
    const feeds: Tensors = {};
    for (const name of this.model.reads) feeds[`state/${name}`] = this.current[name]!;
    for (const [name, array] of Object.entries(batch)) {
      if (inputs.has(`batch/${name}`)) feeds[`batch/${name}`] = toTensor(array);
    }
    const results = await session.run(feeds);
    for (const name of this.model.writes) {
      this.current[name]!.dispose();
      this.current[name] = results[`next/${name}`]!;
    }
    return Object.fromEntries(
      Object.keys(this.model.outputs).map((name) => [name, fromTensor(results[`out/${name}`]!)]),
    );
  }

  state(): Promise<HostArrays> {
    return onDevice(this.device, async () => {
      const host = await move(this.pool, this.current, 'cpu');
      return Object.fromEntries(Object.entries(host).map(([name, tensor]) => [name, fromTensor(tensor)]));
    });
  }

  async dispose(): Promise<void> {
    for (const tensor of Object.values(this.current)) tensor.dispose();
    this.current = {};
    await this.lease.end(!this.frozen);
  }
}

/**
 * Copies tensors to the GPU or back with a session that does nothing else: reading a tensor on the GPU directly ends
 * the process in ONNX Runtime for Node.
 */
async function move(pool: SessionPool, tensors: Tensors, location: 'cpu' | 'gpu-buffer'): Promise<Tensors> {
  const entries = Object.entries(tensors);
  if (entries.length === 0) return {};
  const graph = new OnnxGraph();
  entries.forEach(([, { type, dims }], i) => {
    const element = type as ElementTypeName;
    if (!(element in ElementType)) throw new Error(`A ${type} array cannot be moved to a GPU.`);
    graph.output(`to${i}`, graph.input(`from${i}`, element, dims), element, dims);
  });
  const preferredOutputLocation = Object.fromEntries(entries.map((_, i) => [`to${i}`, location]));
  const lease = await pool.take(graph.finish(), { preferredOutputLocation });
  try {
    const feeds = Object.fromEntries(entries.map(([, tensor], i) => [`from${i}`, tensor]));
    const moved = await lease.session.run(feeds);
    return Object.fromEntries(entries.map(([name], i) => [name, moved[`to${i}`]!]));
  } finally {
    await lease.end(true);
  }
}
