import { trace } from '../compute/trace/backend';
import type { TensorMap } from '../compute/device';
import * as tf from '../compute/tensorflow';
import type { Encoder } from './encoder';
import { Pass } from './layers';
import type { Parameters } from './parameters';

/** A stretch of an encoder that ends with activations of its own. */
export interface Block {
  /** Of its last activations, as the encoder calls them; `features` where the encoder does not say. */
  readonly name: string;
  /** Parameters and buffers that it is the first to read. */
  readonly parameters: readonly string[];
}

/**
 * An encoder's blocks from input to features, found by recording one pass: which parameters are read, and where blocks
 * end. Activations between which nothing is learned belong to one block; at most `most` blocks, neighbours merged. The
 * last block ends with the features.
 */
export function blocksOf(encoder: Encoder, parameters: Parameters, most = 12): Block[] {
  const found: { name: string; parameters: string[] }[] = [];
  let open: string[] = [];
  const seen = new Set<string>();
  const inputs = Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => [`p/${name}`, { shape, dtype: 'float32' as const }]),
  );
  trace({ ...inputs, x: { shape: [2, ...encoder.inputShape], dtype: 'float32' } }, (tensors) => {
    const named = Object.entries(tensors).filter(([name]) => name.startsWith('p/'));
    const state: TensorMap = Object.fromEntries(named.map(([name, tensor]) => [name.slice(2), tensor]));
    const pass = new Pass(state, 'evaluate', {
      used: (name) => {
        if (!seen.has(name)) open.push(name);
        seen.add(name);
      },
      passed: (name) => {
        const last = found.at(-1);
        if (open.length > 0) found.push({ name, parameters: open });
        else if (last) last.name = name;
        open = [];
      },
    });
    return { features: encoder.apply(pass, tensors.x!) };
  });
  if (open.length > 0 || found.length === 0) found.push({ name: 'features', parameters: open });
  const groups = Math.min(most, found.length);
  return Array.from({ length: groups }, (_, i) => {
    const part = found.slice(Math.floor((i * found.length) / groups), Math.floor(((i + 1) * found.length) / groups));
    return { name: part.at(-1)!.name, parameters: part.flatMap((block) => block.parameters) };
  });
}

/** Activations averaged over places or tokens: [n, h, w, c] or [n, tokens, c] → [n, c]. */
export function pooled(activations: tf.Tensor): tf.Tensor2D {
  const places = Array.from({ length: activations.rank - 2 }, (_, i) => i + 1);
  return (places.length === 0 ? activations : tf.mean(activations, places)) as tf.Tensor2D;
}
