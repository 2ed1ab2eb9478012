import { isImage } from '../../data/dataset';
import type { StoredDataset } from '../../data/stored-dataset';
import type { StageContext, StageOutput } from '../../run/stage';
import { resolveDomains } from '../../study/domains';
import type { MeasuredSpectrum } from '../measured';
import { makeCells } from './cells';
import { classifierConnectivity } from './classifiers';
import { describeClassifiers, describeConnectivity } from './describe';
import { estimateConnectivity } from './estimate';

/** Connectivity between the cells of source and target: from weights, and by classifiers where the study asks. */
export async function connectivityOf(
  context: StageContext,
  dataset: StoredDataset,
  { meaning, of }: MeasuredSpectrum['weights'],
): Promise<StageOutput[]> {
  const { study, report, signal, device } = context;
  const { sourceIndex, targetIndex } = resolveDomains(study, dataset.domainNames);
  const cells = makeCells(dataset, targetIndex === undefined ? [sourceIndex] : [sourceIndex, targetIndex]);
  if (cells.count < 2) return [];
  const { bootstrap, classifiers } = study.spectrum!.connectivity;
  report.progress(0, 1, 'Connectivity');
  const estimate = estimateConnectivity(cells, of(cells), { bootstrap, seed: study.seed });
  const parts = [describeConnectivity(estimate, cells, meaning)];
  if (!classifiers) return parts;
  const trained = await classifierConnectivity(
    cells,
    {
      ...{ ...classifiers, bootstrap },
      augmentation: classifiers.augmentation ?? study.pretrain?.augmentation ?? (isImage(dataset) ? 'light' : 'none'),
    },
    {
      ...{ device, encoder: study.encoder, dataset, seed: study.seed, signal },
      progress: (done, total) => report.progress(done, total, 'Telling cells apart'),
    },
  );
  return [...parts, describeClassifiers(trained)];
}
