import { isImage } from '../../data/dataset';
import type { StoredDataset } from '../../data/stored-dataset';
import { openEncoder } from '../../model/network';
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
  const domains = targetIndex === undefined ? [sourceIndex] : [sourceIndex, targetIndex];
  const cells = makeCells(dataset, domains);
  const absent = domains.length * dataset.classNames.length - cells.count;
  if (absent > 0)
    report.log(
      'warning',
      `${absent} of ${domains.length * dataset.classNames.length} cells (class × domain) have fewer than two labelled samples and are left out of the connectivity.`,
    );
  if (cells.count < 2) return [];
  const { bootstrap, classifiers } = study.spectrum!.connectivity;
  const estimate = await estimateConnectivity(cells, of(cells), {
    ...{ bootstrap, seed: study.seed, signal },
    progress: (done, total) => report.progress(done, total, 'Connectivity'),
  });
  const parts = [describeConnectivity(estimate, cells, meaning)];
  if (!classifiers) return parts;
  const trained = await classifierConnectivity(
    cells,
    {
      ...{ ...classifiers, bootstrap },
      augmentation: classifiers.augmentation ?? study.pretrain?.augmentation ?? (isImage(dataset) ? 'light' : 'none'),
    },
    {
      ...{ device, encoder: await openEncoder(study, dataset, context.inputs), dataset, seed: study.seed, signal },
      progress: (done, total) => report.progress(done, total, 'Telling cells apart'),
    },
  );
  return [...parts, describeClassifiers(trained)];
}
