import { UserError } from '../errors';
import type { DataBlock, DomainBlock } from '../study/schema';
import { arraySource } from './array-source';
import { readIdx } from './idx';
import { openImageDomain, openImageDomains } from './image-folder';
import { readNpy } from './npy';
import { readNpz } from './npz';
import { readTensors } from './safetensors';
import { withTestSet, type DomainSource } from './source';
import { openTable, type TablePlace } from './table';

type Resolve = (path: string) => string;
type Format<F extends DomainBlock['format']> = Extract<DomainBlock, { format: F }>;
type TableBlock = Format<'csv' | 'parquet'>;
type ArchiveBlock = Format<'npz' | 'safetensors'>;

/** Opens every domain of a study, by name, in its order. Throws UserError. */
export async function openDomains(
  data: Pick<DataBlock, 'folder' | 'domains'>,
  resolve: Resolve,
  signal?: AbortSignal,
): Promise<Map<string, DomainSource>> {
  if (data.folder !== undefined) return openImageDomains({ path: data.folder, resolve });
  const sources = new Map<string, DomainSource>();
  // Columns of tables may stand in another order in each file: the first table's order counts for all.
  let columns: readonly string[] | undefined;
  for (const [name, domain] of Object.entries(data.domains ?? {})) {
    if (isTable(domain)) {
      const { format, path, label, testPath } = domain;
      const place = (file: string, features?: readonly string[]): TablePlace => ({
        format,
        label,
        features,
        shown: file,
        file: resolve(file),
      });
      const train = await openTable(place(path, domain.features ?? columns), signal);
      columns ??= train.columns;
      const test = testPath === undefined ? undefined : await openTable(place(testPath, train.columns), signal);
      sources.set(name, test ? withTestSet(train, test, name) : train);
    } else sources.set(name, await openArrays(name, domain, resolve));
  }
  return sources;
}

function isTable(domain: DomainBlock): domain is TableBlock {
  return domain.format === 'csv' || domain.format === 'parquet';
}

async function openArrays(
  name: string,
  domain: Exclude<DomainBlock, TableBlock>,
  resolve: Resolve,
): Promise<DomainSource> {
  const [train, test] = await openPair(domain, resolve);
  if (train.labels.length === 0) throw new UserError('data-empty', `Domain "${name}" holds no samples; add some.`);
  return test ? withTestSet(train, test, name) : train;
}

async function openPair(
  domain: Exclude<DomainBlock, TableBlock>,
  resolve: Resolve,
): Promise<[DomainSource, DomainSource | undefined]> {
  switch (domain.format) {
    case 'folder': {
      const open = (path: string): Promise<DomainSource> => openImageDomain({ path, resolve });
      return [await open(domain.path), domain.testPath === undefined ? undefined : await open(domain.testPath)];
    }
    case 'idx': {
      const { images, labels, testImages, testLabels } = domain;
      const train = await openIdx(images, labels, resolve);
      const hasTest = testImages !== undefined && testLabels !== undefined;
      return [train, hasTest ? await openIdx(testImages, testLabels, resolve) : undefined];
    }
    case 'npy': {
      const { values, labels, testValues, testLabels } = domain;
      const train = await openNpy(values, labels, resolve);
      return [train, testValues === undefined ? undefined : await openNpy(testValues, testLabels, resolve)];
    }
    case 'npz':
    case 'safetensors': {
      const open = (path: string): Promise<DomainSource> => openArchive(path, domain, resolve);
      return [await open(domain.path), domain.testPath === undefined ? undefined : await open(domain.testPath)];
    }
  }
}

async function openIdx(images: string, labels: string, resolve: Resolve): Promise<DomainSource> {
  const [file, labelsFile] = [resolve(images), resolve(labels)];
  return arraySource({
    values: await readIdx(file),
    file,
    shown: images,
    labels: await readIdx(labelsFile),
    labelsFile,
  });
}

async function openNpy(values: string, labels: string | undefined, resolve: Resolve): Promise<DomainSource> {
  const file = resolve(values);
  const labelsFile = labels === undefined ? undefined : resolve(labels);
  const labelled = labelsFile === undefined ? undefined : await readNpy(labelsFile);
  return arraySource({ values: await readNpy(file), file, shown: values, labels: labelled, labelsFile });
}

async function openArchive(path: string, archive: ArchiveBlock, resolve: Resolve): Promise<DomainSource> {
  const { format, values, labels } = archive;
  const file = resolve(path);
  const arrays = format === 'npz' ? await readNpz(file, [values, labels]) : await readTensors(file, [values, labels]);
  return arraySource({ values: arrays.get(values)!, file, shown: path, labels: arrays.get(labels)! });
}
