import type { TraceNode, TraceType } from '../trace/values';
import type { Lowering } from './lowering';

export interface Inferred {
  shape: readonly number[];
  dtype: TraceType;
}

/** What the compiler knows about one TensorFlow.js kernel. */
export interface KernelDefinition {
  /** Shapes and types of the outputs. */
  infer(node: TraceNode): Inferred[];
  /** Emits ONNX nodes that compute the outputs. */
  lower(node: TraceNode, to: Lowering): void;
  /** The kernel returns a list even if it holds one tensor. */
  many?: boolean;
}

export const kernels = new Map<string, KernelDefinition>();

export function defineKernel(name: string, definition: KernelDefinition): void {
  kernels.set(name, definition);
}
