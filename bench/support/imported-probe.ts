import { resolve } from 'node:path';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import { select } from '../../engine/data/dataset';
import { loadDataset } from '../../engine/data/load';
import { extract } from '../../engine/model/extract';
import { importModel } from '../../engine/model/import';
import { accuracy, fitHead, logspace, predict } from '../../engine/probe';
import { studySchema } from '../../engine/study/schema';
import type { BenchFigure } from './contract';

/**
 * Linear probe on MobileNet v1 0.25 (ImageNet), imported from TensorFlow.js: Office images at 128 pixels, fitted on
 * amazon's training part, measured on its test part and on all of webcam. Mean over the seeds of the splits.
 */
export async function importedProbe(data: string, seeds: readonly number[]): Promise<BenchFigure[]> {
  const device = openOnnxDevice();
  const signal = new AbortController().signal;
  const results: { ID: number; OOD: number }[] = [];
  let seconds = 0;
  for (const seed of seeds) {
    const images = { folder: resolve(data, 'office/office_amazon_webcam_128px.tar'), source: 'amazon', image: {} };
    const study = studySchema.parse({ name: 'office', seed, data: images });
    const dataset = await loadDataset(study, (path) => path);
    const file = resolve(data, 'mobilenet_v1_025_224/model.json');
    const { encoder, parameters } = await importModel(file, { inputShape: dataset.sampleShape });
    const started = performance.now();
    const all = Int32Array.from(dataset.labels.keys());
    const { features } = await extract({ device, encoder, parameters, dataset, rows: all, signal });
    seconds = (performance.now() - started) / 1000;
    const part = (rows: Int32Array) => {
      const kept = new Float32Array(rows.length * encoder.features);
      rows.forEach((row, i) =>
        kept.set(features.subarray(row * encoder.features, (row + 1) * encoder.features), i * encoder.features),
      );
      return { features: kept, n: rows.length, d: encoder.features, labels: rows.map((row) => dataset.labels[row]!) };
    };
    const [train, validation, test] = (['train', 'validation', 'test'] as const).map((split) =>
      part(select(dataset, { domain: 0, split })),
    ) as [ReturnType<typeof part>, ReturnType<typeof part>, ReturnType<typeof part>];
    const webcam = part(select(dataset, { domain: 1 }));
    const head = await fitHead({ train, validation, classes: dataset.classNames.length, Cs: logspace(-7, 2, 50) });
    results.push({
      ID: accuracy(predict(head, test), test.labels),
      OOD: accuracy(predict(head, webcam), webcam.labels),
    });
  }
  const mean = (shift: 'ID' | 'OOD') => results.reduce((sum, result) => sum + result[shift], 0) / results.length;
  const common = { unit: 'fraction', better: 'higher' } as const;
  return [
    // A plain PyTorch reference reaches .917 and .722 here.
    {
      name: `imported MobileNet, 128 px, LP amazon (ID), ${seeds.length} seeds`,
      value: mean('ID'),
      target: 0.9,
      ...common,
    },
    {
      name: `imported MobileNet, 128 px, LP webcam (OOD), ${seeds.length} seeds`,
      value: mean('OOD'),
      target: 0.7,
      ...common,
    },
    { name: 'features of 1,253 images at 128 px', value: seconds, unit: 's', better: 'lower' },
  ];
}
