import { augmenterOptions, createAugmenter } from '../augment/augmenter';
import { sampleSize } from '../data/dataset';
import { stream } from '../data/random';
import { openExtractor } from '../model/extract';
import { embedding } from '../model/heads';
import type { LabelledFeatures } from '../probe';
import type { StageContext } from '../run/stage';
import { type HeadOptions, openTrained, type Representation } from './representations';

/** What a representation makes of random views. A sample's view is the same whichever samples it is asked for with. */
export interface ViewFeatures {
  /** The given view, 0 for the first, of each of the rows. */
  of(view: number, rows: Int32Array): Promise<LabelledFeatures>;
  dispose(): Promise<void>;
}

/** Random views of the dataset's samples as the network behind a representation sees them. */
export async function openViewFeatures(
  context: StageContext,
  representation: Representation,
  options: HeadOptions,
): Promise<ViewFeatures> {
  const { study, signal, device } = context;
  const { dataset, study: behind, unlabelled } = options;
  const { space, voting } = study.transfer!;
  const { encoder, parameters, projection } = await openTrained(context, representation, options);
  const augmentation = voting.augmentation ?? behind.pretrain?.augmentation ?? 'none';
  const drawn = augmenterOptions(augmentation, dataset.values, unlabelled, sampleSize(dataset));
  const augmenter = createAugmenter(augmentation, dataset.sampleShape, drawn);
  const embed = space === 'embedding' && behind.pretrain ? embedding(behind.pretrain) : undefined;
  const extractor = await openExtractor({
    ...{ device, encoder, parameters: { ...parameters, ...projection }, embed, dataset, signal },
  });
  return {
    async of(view, rows) {
      const random = (row: number) => stream(study.seed, 'vote', view, row);
      const found = await extractor.extract({ rows, view: { augmenter, random } });
      const features = found.embedding ?? found.features;
      const n = rows.length;
      return { features, n, d: features.length / n, labels: rows.map((row) => dataset.labels[row]!) };
    },
    dispose: () => extractor.dispose(),
  };
}
