import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readJson, writeJson } from '../../run/atomic';
import type { ImportedEncoder } from '../../study/schema';
import { importModel, type ImportedModel } from './index';
import { modelFiles } from './files';

/** What the import stage writes: the model's files, unchanged, and which of them is the model. */
interface StoredImport {
  readonly file: string;
}

const recordName = 'import.json';

/** Copies a model, the files beside it that it consists of included, into a folder, so that a run stands alone. */
export async function storeImport(file: string, folder: string): Promise<void> {
  for (const name of await modelFiles(file)) {
    const target = join(folder, 'model', name);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(dirname(file), name), target);
  }
  const record: StoredImport = { file: join('model', basename(file)) };
  await writeJson(join(folder, recordName), record);
}

/** The model in an import stage's folder, for samples of a shape. */
export async function openImport(
  folder: string,
  settings: ImportedEncoder,
  sampleShape: readonly number[],
): Promise<ImportedModel> {
  const record = (await readJson(join(folder, recordName))) as StoredImport | undefined;
  if (!record) throw new Error(`${folder} holds no ${recordName}.`);
  return importModel(join(folder, record.file), { inputShape: sampleShape, ...settings });
}
