import { fingerprint } from '../data/fingerprint';
import { loadDataset } from '../data/load';
import { writeDataset } from '../data/stored-dataset';
import type { Stage } from '../run/stage';
import { resolveDomains } from '../study/domains';

export { readDataset } from '../data/stored-dataset';

/** Reads the study's data into one table of samples with labels, domains and splits. */
export const dataStage: Stage = {
  name: 'data',
  computes: false,
  inputs: () => [],
  // Which domain is source or target changes nothing in the table.
  part: ({ data: { folder, domains, image, classNames, limit, split }, seed }) => ({
    folder,
    domains,
    image,
    classNames,
    limit,
    split,
    seed,
  }),
  fingerprint,
  wanted: () => true,
  async run({ study, resolvePath, folder, report, signal }) {
    const dataset = await loadDataset(study, resolvePath, {
      signal,
      onProgress: (done, total, label) => report.progress(done, total, label),
      onWarning: (message) => report.log('warning', message),
    });
    resolveDomains(study, dataset.domainNames);
    const { counts, mean, std } = await writeDataset(folder, dataset);
    const { sampleShape, classNames, domainNames } = dataset;
    const perDomain = domainNames.map((_, domain) => dataset.domains.filter((d) => d === domain).length);
    return {
      figures: domainNames.map((domain, i) => ({
        id: 'data.samples',
        label: 'Samples',
        value: perDomain[i]!,
        unit: 'count' as const,
        domain,
        samples: perDomain[i]!,
      })),
      details: {
        arrays: { values: 'values.npy', labels: 'labels.npy', domains: 'domains.npy', splits: 'splits.npy' },
        sampleShape,
        classNames,
        domainNames,
        counts,
        // A vector of features may have thousands of channels; dataset.json has them all.
        ...(sampleShape.length === 3 && { mean, std }),
      },
    };
  },
};
