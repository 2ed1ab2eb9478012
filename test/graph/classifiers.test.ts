import { describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import { Split } from '../../engine/data/dataset';
import { stream } from '../../engine/data/random';
import type { StoredDataset } from '../../engine/data/stored-dataset';
import { makeCells } from '../../engine/graph/connectivity/cells';
import { classifierConnectivity } from '../../engine/graph/connectivity/classifiers';
import { createEncoder } from '../../engine/model/create';
import { supervisedSchema } from '../../engine/study/schema';

/** Two classes in two domains on one feature each: classes lie 4 σ apart, domains 1 σ. */
function dataset(each: number): StoredDataset {
  const random = stream(5, 'classifier cells');
  const n = 4 * each;
  const labels = Int32Array.from({ length: n }, (_, x) => x % 2);
  const domains = Int32Array.from({ length: n }, (_, x) => (x < n / 2 ? 0 : 1));
  const values = Float32Array.from({ length: 2 * n }, (_, at) => {
    const x = at >> 1;
    return (at % 2 === 0 ? 4 * labels[x]! : domains[x]!) + random.normal();
  });
  return {
    ...{ sampleShape: [2], values, labels, domains, mean: [2, 0.5], std: [2.2, 1.1] },
    splits: Uint8Array.from({ length: n }, (_, x) => ((x >> 1) % 3 === 0 ? Split.test : Split.train)),
    ...{ classNames: ['a', 'b'], domainNames: ['s', 't'], names: Array.from({ length: n }, (_, x) => String(x)) },
  };
}

describe('connectivity by classifiers', () => {
  it('is the error of telling cells apart: about that of the best classifier', async () => {
    const data = dataset(300);
    const cells = makeCells(data, [0, 1]);
    const { optimizer } = supervisedSchema.parse({});
    const progress: number[] = [];
    const { pairs, errors } = await classifierConnectivity(
      cells,
      { pairs: 2, epochs: 12, batchSize: 64, optimizer, augmentation: 'none', bootstrap: 50 },
      {
        ...{ device: openOnnxDevice(), dataset: data, seed: 1, signal: new AbortController().signal },
        encoder: createEncoder({ architecture: 'mlp', width: 2, features: 8 }, data),
        progress: (done) => progress.push(done),
      },
    );
    expect(pairs.map(({ relation }) => relation)).toEqual(['alpha', 'alpha', 'beta', 'beta', 'gamma', 'gamma']);
    expect(progress).toEqual([0, 1, 2, 3, 4, 5]);
    // Normal errors at half the distance: Φ(−½) = .309 across domains, Φ(−2) = .023 across classes.
    expect(Math.abs(errors.alpha!.value - 0.309)).toBeLessThan(0.08);
    expect(errors.beta!.value).toBeLessThan(0.06);
    expect(errors.gamma!.value).toBeLessThan(0.06);
    expect(errors.alpha!.low).toBeLessThanOrEqual(errors.alpha!.value);
  });
});
