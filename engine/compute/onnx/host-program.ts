import type * as ort from 'onnxruntime-node';
import { compileProgram, type CompiledModel } from '../compile';
import type { HostArrays, Program, ProgramDefinition } from '../device';
import { onDevice } from '../device-errors';
import type { Target } from '../lower/lowering';
import { copy, fromTensor, toTensor } from './arrays';
import type { Lease, SessionPool } from './sessions';

/** A compiled program whose state lies in the host's memory. */
export class HostProgram implements Program {
  private running = false;

  private constructor(
    private readonly device: string,
    private readonly lease: Lease,
    private readonly model: Omit<CompiledModel, 'bytes'>,
    private readonly frozen: boolean,
    /** What the next step reads. */
    private current: Record<string, ort.Tensor>,
  ) {}

  static create(
    device: string,
    pool: SessionPool,
    definition: ProgramDefinition,
    target: Target,
  ): Promise<HostProgram> {
    const frozen = definition.frozen === true;
    return onDevice(device, async () => {
      const { bytes, ...model } = compileProgram(definition, target);
      const lease = await pool.take(bytes);
      const current = Object.fromEntries(
        Object.entries(frozen ? {} : definition.state).map(([name, array]) => {
          const layout = model.stateLayout[name];
          return [name, layout ? toTensor(array, layout) : toTensor(copy(array))];
        }),
      );
      return new HostProgram(device, lease, model, frozen, current);
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
    const feeds: Record<string, ort.Tensor> = {};
    const inputs = new Set(session.inputNames);
    for (const name of this.model.reads) feeds[`state/${name}`] = this.current[name]!;
    for (const [name, array] of Object.entries(batch)) {
      if (inputs.has(`batch/${name}`)) feeds[`batch/${name}`] = toTensor(array);
    }
    const fetches: Record<string, ort.Tensor | null> = {};
    // The binding hands out copies even of what was written to memory that it was given; so it is given none, and what
    // the step writes takes the place of activations that are no longer needed.
    for (const name of this.model.writes) fetches[`next/${name}`] = null;
    for (const name of Object.keys(this.model.outputs)) fetches[`out/${name}`] = null;
    const results = await session.run(feeds, fetches);
    for (const name of this.model.writes) this.current[name] = results[`next/${name}`]!;
    return Object.fromEntries(
      Object.keys(this.model.outputs).map((name) => [name, fromTensor(results[`out/${name}`]!)]),
    );
  }

  state(): Promise<HostArrays> {
    return Promise.resolve(
      Object.fromEntries(
        Object.entries(this.current).map(([name, tensor]) => {
          const layout = this.model.stateLayout[name];
          return [name, layout ? fromTensor(tensor, layout) : copy(fromTensor(tensor))];
        }),
      ),
    );
  }

  async dispose(): Promise<void> {
    this.current = {};
    await this.lease.end(!this.frozen);
  }
}
