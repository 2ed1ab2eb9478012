import type { Tensor } from './tensorflow';

/** Named tensors inside a traced or eager function. */
export type TensorMap = Record<string, Tensor>;

/** A named array on the host, row-major. */
export interface HostArray {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}
export type HostArrays = Record<string, HostArray>;

/** Shape and type of each array that a program is fed at every step. */
export type Signature = Record<string, { readonly shape: readonly number[]; readonly dtype: 'float32' | 'int32' }>;

/**
 * A step as a pure function: from (state, batch) to (next state, outputs), written once in TensorFlow.js.
 * State holds parameters, optimiser slots and running statistics; it stays where the device computes.
 * Nothing random may be drawn inside: a compiled step would freeze it. Pass random arrays in the batch.
 */
export interface ProgramDefinition {
  /** Initial state. */
  readonly state: HostArrays;
  readonly batch: Signature;
  /** Returned state has the same names and shapes; names left out stay as they are. */
  readonly step: (state: TensorMap, batch: TensorMap) => { state?: TensorMap; outputs: TensorMap };
  /** The state never changes: its arrays become constants, which runs faster. */
  readonly frozen?: boolean;
  /** Matrix products and convolutions read and write float16; state and everything else stay float32. */
  readonly mixed?: boolean;
}

export interface Program {
  /** Runs one step, keeps the new state, returns the outputs. Never call it twice at once. */
  run(batch: HostArrays): Promise<HostArrays>;
  /** Copies the state out. */
  state(): Promise<HostArrays>;
  dispose(): Promise<void>;
}

export type Precision = 'float32' | 'mixed';

export interface Device {
  readonly name: string;
  /** What training computes in, by default float32. */
  readonly precision?: Precision;
  /** One line for the user: what it runs on. */
  readonly detail: string;
  compile(definition: ProgramDefinition): Promise<Program>;
}
