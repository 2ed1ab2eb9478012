import { type Dataset, sampleSize, select } from '../../engine/data/dataset';

/** Accuracy on the target's test samples of the nearest training sample of the source, by Euclidean distance of pixels. */
export function pixelNeighbours(dataset: Dataset, source: string, target: string): number {
  const size = sampleSize(dataset);
  const rows = (domain: string, split: 'train' | 'test'): Int32Array =>
    select(dataset, { domain: dataset.domainNames.indexOf(domain), split });
  const [bank, queries] = [rows(source, 'train'), rows(target, 'test')];
  const values = Float32Array.from(dataset.values);
  let right = 0;
  for (const query of queries) {
    const a = query * size;
    let [best, nearest] = [Infinity, -1];
    for (const row of bank) {
      const b = row * size;
      let sum = 0;
      for (let j = 0; j < size && sum < best; j++) sum += (values[a + j]! - values[b + j]!) ** 2;
      if (sum < best) [best, nearest] = [sum, row];
    }
    if (dataset.labels[nearest] === dataset.labels[query]) right++;
  }
  return right / queries.length;
}
