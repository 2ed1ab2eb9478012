import { describe, expect, test } from 'vitest';
import { select, type Dataset } from '../../engine/data/dataset';
import { loadDataset } from '../../engine/data/load';
import { channelStatistics, countSamples } from '../../engine/data/statistics';
import { createPathResolver } from '../../engine/study/paths';
import { studySchema } from '../../engine/study/schema';
import { realData, realPath } from './real-data';

/** Sums and counts here were taken from the files with NumPy and tar. */
const resolve = (path: string): string => {
  realPath(path.replace('${DATA}/', ''));
  return createPathResolver({ studyFolder: '/', workspaceRoot: '/', environment: { DATA: realData } })(path);
};
const load = (data: object): Promise<Dataset> => loadDataset(studySchema.parse({ name: 'real', data }), resolve);

const digits = (name: string, train: string, test: string) => ({
  format: 'idx',
  images: `\${DATA}/${name}/${train}-images-idx3-ubyte.gz`,
  labels: `\${DATA}/${name}/${train}-labels-idx1-ubyte.gz`,
  testImages: `\${DATA}/${name}/${test}-images-idx3-ubyte.gz`,
  testLabels: `\${DATA}/${name}/${test}-labels-idx1-ubyte.gz`,
});
const mnist = digits('mnist', 'train', 't10k');
const usps = digits('usps', 'usps-train', 'usps-test');
const sum = (values: ArrayLike<number>, from: number, to: number): number => {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i]!;
  return total;
};
const histogram = (dataset: Dataset, rows: ArrayLike<number>): number[] => {
  const counts = dataset.classNames.map(() => 0);
  for (const row of Array.from(rows)) counts[dataset.labels[row]!]!++;
  return counts;
};

test('MNIST at its own size, to the pixel', async () => {
  const dataset = await load({ domains: { mnist } });
  expect(dataset.sampleShape).toEqual([28, 28, 1]);
  expect(dataset.labels).toHaveLength(70000);
  expect([...dataset.labels.subarray(0, 8)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
  expect([...dataset.labels.subarray(60000, 60008)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9]);
  expect(sum(dataset.values, 0, 784)).toBe(27525);
  expect(sum(dataset.values, 0, 60000 * 784)).toBe(1567298545);
  expect(sum(dataset.values, 60000 * 784, 70000 * 784)).toBe(264923200);
  const test = select(dataset, { split: 'test' });
  expect([test.length, test[0]]).toEqual([10000, 60000]);
  expect(histogram(dataset, test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  expect(select(dataset, { split: 'validation' })).toHaveLength(6000);
  const rest = histogram(dataset, [
    ...select(dataset, { split: 'train' }),
    ...select(dataset, { split: 'validation' }),
  ]);
  expect(rest).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  // The mean and deviation of MNIST's training set that everyone uses: 0.1307 and 0.3081.
  const { mean, std } = channelStatistics(dataset);
  expect(mean[0]).toBeCloseTo(0.1307, 3);
  expect(std[0]).toBeCloseTo(0.3081, 3);
});

test('MNIST and USPS meet at 16 × 16', async () => {
  const dataset = await load({ domains: { mnist, usps }, image: { size: 16 } });
  expect(dataset).toMatchObject({ sampleShape: [16, 16, 1], domainNames: ['mnist', 'usps'] });
  expect(dataset.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect([...dataset.labels.subarray(70000, 70008)]).toEqual([6, 5, 4, 7, 3, 6, 3, 1]);
  expect(sum(dataset.values, 70000 * 256, 77291 * 256)).toBe(121121351);
  expect(sum(dataset.values, 77291 * 256, 79298 * 256)).toBe(35061379);
  const [, uspsCounts] = countSamples(dataset);
  expect(uspsCounts!.map(([, , test]) => test)).toEqual([359, 264, 198, 166, 200, 160, 170, 147, 166, 177]);
  // Resizing keeps the mean: digits lie far from the border.
  const mean = sum(dataset.values, 0, 60000 * 256) / (60000 * 256);
  expect(mean).toBeCloseTo(1567298545 / (60000 * 784), 0);
});

test('a limited study reads what it needs', async () => {
  const dataset = await load({ domains: { mnist, usps }, image: { size: 16 }, limit: 1000 });
  expect(select(dataset, { domain: 0, split: 'train' })).toHaveLength(900);
  expect(select(dataset, { domain: 1, split: 'validation' })).toHaveLength(100);
  expect(select(dataset, { domain: 1, split: 'test' })).toHaveLength(2007);
});

test('CIFAR-10 from its archive of JPEG files, with its fixed split', async () => {
  const dataset = await load({ folder: '${DATA}/cifar10/cifar10_train2000_test300_per_class.tar.gz', limit: 5000 });
  expect(dataset).toMatchObject({ sampleShape: [32, 32, 3], domainNames: ['cifar10_train2000_test300_per_class'] });
  expect(dataset.classNames).toHaveLength(10);
  expect([dataset.classNames[0], dataset.classNames[9]]).toEqual(['airplane', 'truck']);
  expect(histogram(dataset, select(dataset, { split: 'test' }))).toEqual(Array<number>(10).fill(300));
  expect(histogram(dataset, select(dataset, { split: 'train' }))).toEqual(Array<number>(10).fill(450));
  expect(dataset.names[0]).toBe('${DATA}/cifar10/cifar10_train2000_test300_per_class.tar.gz#test/airplane/0000.jpg');
  // The customary mean and deviation of CIFAR-10, in red, green, blue.
  const { mean, std } = channelStatistics(dataset);
  [0.4914, 0.4822, 0.4465].forEach((value, c) => expect(mean[c]).toBeCloseTo(value, 1));
  [0.247, 0.2435, 0.2616].forEach((value, c) => expect(std[c]).toBeCloseTo(value, 1));
});

describe('PACS', () => {
  test('arrays in gzip', async () => {
    const domain = (name: string) => ({
      format: 'npy',
      values: `\${DATA}/pacs/${name}_x.npy.gz`,
      labels: `\${DATA}/pacs/${name}_y.npy`,
    });
    const dataset = await load({ domains: { photo: domain('photo'), sketch: domain('sketch') } });
    expect(dataset.sampleShape).toEqual([32, 32, 3]);
    expect(sum(dataset.values, 0, 1670 * 3072)).toBe(624035947);
    expect(sum(dataset.values, 1670 * 3072, dataset.values.length)).toBe(2931232575);
    expect(histogram(dataset, select(dataset, { domain: 0 }))).toEqual([189, 202, 182, 186, 199, 280, 432]);
    expect(histogram(dataset, select(dataset, { domain: 1 }))).toEqual([772, 740, 753, 608, 816, 80, 160]);
  });

  test('images in an archive with domains, made smaller', async () => {
    const dataset = await load({
      folder: '${DATA}/pacs/pacs_photo_sketch_35_per_class_227px.tar',
      image: { size: 32 },
    });
    expect(dataset).toMatchObject({ sampleShape: [32, 32, 3], domainNames: ['photo', 'sketch'] });
    expect(dataset.labels).toHaveLength(420);
    expect(dataset.names[0]).toMatch(/#PACS\/photo\/dog\/056_0001\.jpg$/);
    // Sketches are dark lines on white paper.
    expect(sum(dataset.values, 210 * 3072, 420 * 3072) / (210 * 3072)).toBeGreaterThan(200);
  });
});

test('Office: features and images', async () => {
  const domain = (name: string) => ({
    format: 'npy',
    values: `\${DATA}/office/${name}_x.npy`,
    labels: `\${DATA}/office/${name}_y.npy`,
  });
  const features = await load({ domains: { amazon: domain('amazon'), webcam: domain('webcam') } });
  expect(features.sampleShape).toEqual([256]);
  expect(features.values[0]).toBe(Math.fround(3.0339582));
  expect(sum(features.values, 0, 958 * 256)).toBeCloseTo(202090.4444251277, 6);
  expect(sum(features.values, 958 * 256, features.values.length)).toBeCloseTo(64023.5254446116, 6);
  expect(histogram(features, select(features, { domain: 1 }))).toEqual([29, 21, 31, 27, 27, 30, 43, 30, 27, 30]);
  const images = await load({ folder: '${DATA}/office/office_amazon_webcam_128px.tar', image: { size: 32 } });
  expect(images.domainNames).toEqual(['amazon', 'webcam']);
  expect([0, 1].map((i) => select(images, { domain: i }).length)).toEqual([958, 295]);
  expect(histogram(images, select(images, { domain: 0 }))).toEqual([92, 82, 94, 99, 100, 100, 99, 100, 94, 98]);
});
