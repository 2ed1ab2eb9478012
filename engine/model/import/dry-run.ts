import type * as tf from '../../compute/tensorflow';
import { trace } from '../../compute/trace/backend';
import { UserError } from '../../errors';
import { Pass } from '../layers';
import type { Parameters } from '../parameters';

/** Records the network once for two samples, so that what cannot be run is said now; returns the result's shape. */
export function dryRun(
  file: string,
  inputShape: readonly number[],
  parameters: Parameters,
  apply: (pass: Pass, x: tf.Tensor) => tf.Tensor,
): readonly number[] {
  const batch = 2;
  const inputs = Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => [`p/${name}`, { shape, dtype: 'float32' as const }]),
  );
  try {
    const { result } = trace({ ...inputs, x: { shape: [batch, ...inputShape], dtype: 'float32' } }, (tensors) => {
      const named = Object.fromEntries(
        Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith('p/') ? [[name.slice(2), tensor]] : [])),
      );
      return { result: apply(new Pass(named, 'evaluate'), tensors.x!) };
    });
    if (result!.shape[0] === batch) return result!.shape;
    throw new Error('its shapes are made for one size of batch; export it with an open batch dimension');
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    const message = `${file} cannot be run on images of ${inputShape.join(' × ')}: ${error.message}.`;
    throw new UserError('import-run', message, { file });
  }
}
