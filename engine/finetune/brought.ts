import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from '../data/bytes';
import { type FeatureFile, type Features, readFeatureFile } from '../data/feature-file';
import { select } from '../data/dataset';
import type { StoredDataset } from '../data/stored-dataset';
import { UserError } from '../errors';
import { fitOnSource, type LabelledFeatures, readFeatures, refitOnSource, regularizationOf } from '../probe';
import type { StageContext, StageOutput } from '../run/stage';
import type { FinetuneMethod, Study } from '../study/schema';
import { headParameters } from '../train/classify';
import { openPretrained } from './open';
import { openRecord } from './record';
import type { Setting } from './setting';

type After = NonNullable<NonNullable<Study['finetune']>['after']>;

/** Methods whose features the study brings, each with its files by domain. */
export function broughtMethods(after: After): [FinetuneMethod, Record<string, FeatureFile>][] {
  return Object.entries(after).map(([method, files]) => [
    method as FinetuneMethod,
    Object.fromEntries(
      Object.entries(files).map(([domain, file]) => [domain, typeof file === 'string' ? { path: file } : file]),
    ),
  ]);
}

/** Size and time of every file of features after fine-tuning. Throws UserError where one is missing. */
export async function broughtStamps(after: After, resolvePath: (path: string) => string): Promise<unknown> {
  const paths = broughtMethods(after).flatMap(([, files]) => Object.values(files).map(({ path }) => path));
  return Promise.all(
    [...new Set(paths)].map(async (path) => {
      const file = resolvePath(path);
      try {
        const { size, mtimeMs } = await stat(file);
        return { path, size, modifiedMs: mtimeMs };
      } catch (error) {
        throw unreadable(error, file);
      }
    }),
  );
}

/**
 * The distortion analysis without training: the study's samples are features before fine-tuning, and each method's
 * features after it come from files whose rows are those of the domain. Accuracy is that of a linear head fitted on
 * each method's features of the source, as for LP.
 */
export async function compareBrought(context: StageContext, after: After): Promise<StageOutput> {
  const { study, folder, inputs, report, signal, device, resolvePath } = context;
  const { network, ...pretrained } = await openPretrained(context);
  const { dataset, protocol } = pretrained;
  const settings = study.finetune!;
  const setting: Setting = { ...pretrained, device, signal, report, folder, settings, seed: study.seed };
  const before = await readFeatures(join(inputs.represent!, 'features.npy'), dataset);
  const classes = dataset.classNames.length;
  const fit = async (features: LabelledFeatures, method: string) => {
    const head = await fitOnSource(features, protocol, {
      ...{ classes, regularization: regularizationOf(study), signal },
      progress: (done, total) => report.progress(done, total, `${method}: linear head on the features`),
    });
    return settings.refit ? refitOnSource(features, protocol, head, { classes, signal }) : head;
  };
  const probe = await fit(before, 'LP');
  const probeHead = headParameters(probe.weights, probe.bias);
  const record = await openRecord(setting, network, before, probe);
  await record.add('LP', { parameters: probeHead, start: probeHead, details: { C: probe.C } });
  for (const [method, files] of broughtMethods(after)) {
    const features = await readAfter(method, files, dataset, before.d, { resolvePath, signal, study });
    const head = await fit({ ...before, features }, method);
    await record.add(method, {
      parameters: headParameters(head.weights, head.bias),
      start: probeHead,
      details: { C: head.C, features: files },
      features,
    });
  }
  return record.output();
}

/** Features of every sample of the dataset, n × d; those of domains that no file is given for are not a number. */
async function readAfter(
  method: string,
  files: Record<string, FeatureFile>,
  dataset: StoredDataset,
  d: number,
  { resolvePath, signal, study }: Pick<StageContext, 'resolvePath' | 'signal' | 'study'>,
): Promise<Float32Array> {
  const all = new Float32Array(dataset.labels.length * d).fill(NaN);
  for (const [domain, file] of Object.entries(files)) {
    const index = dataset.domainNames.indexOf(domain);
    const rows = select(dataset, { domain: index });
    const block = study.data.domains?.[domain];
    const label = block && 'label' in block ? block.label : undefined;
    const found = await readFeatureFile(file, resolvePath, { label, signal });
    requireFit(`finetune.after.${method}.${domain}`, file, found, { n: rows.length, d, domain });
    all.set(found.values, rows[0]! * d);
  }
  return all;
}

function requireFit(
  place: string,
  { path }: FeatureFile,
  { n, d }: Features,
  wanted: { n: number; d: number; domain: string },
): void {
  if (n !== wanted.n)
    throw new UserError(
      'after-rows',
      `${place}: ${path} has ${n} rows, but the domain "${wanted.domain}" has ${wanted.n}; rows must be the same samples in the same order.`,
    );
  if (d !== wanted.d)
    throw new UserError(
      'after-width',
      `${place}: ${path} has ${d} features a row, but those before have ${wanted.d}; how far a feature moved is defined within one space.`,
    );
}
