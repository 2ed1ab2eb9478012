import { type Dataset, Split } from '../../engine/data/dataset';
import { stream } from '../../engine/data/random';

const [n, d, classes] = [144, 4, 3];

/** Three classes that overlap, in two domains, the second one moved; every tenth sample without a label. */
export function overlappingClasses(): Dataset {
  const random = stream(4, 'voting');
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
  const domains = Int32Array.from({ length: n }, (_, i) => (i < n / 2 ? 0 : 1));
  const values = Float32Array.from({ length: n * d }, (_, at) => {
    const row = Math.floor(at / d);
    return (labels[row] === at % d ? 2 : 0) + 0.5 * domains[row]! + random.normal();
  });
  return {
    sampleShape: [d],
    ...{ values, domains, labels: labels.map((label, i) => (i % 10 === 9 ? -1 : label)) },
    splits: Uint8Array.from(
      { length: n },
      (_, i) => [Split.train, Split.validation, Split.test][Math.floor(i / classes) % 3]!,
    ),
    classNames: ['one', 'two', 'three'],
    domainNames: ['here', 'there'],
    names: Array.from({ length: n }, (_, i) => `row ${i}`),
  };
}
