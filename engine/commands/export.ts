import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DatasetRecord } from '../data/stored-dataset';
import { UserError } from '../errors';
import { exportOnnx, exportSafetensors } from '../model/export';
import { head } from '../model/heads';
import { openImport } from '../model/import/stored';
import { openEncoder, openNetwork } from '../model/network';
import type { Parameters } from '../model/parameters';
import { readParameters } from '../model/read-parameters';
import { readJson, writeFileAtomic } from '../run/atomic';
import { findRun, runFiles } from '../run/directory';
import type { StageContext } from '../run/stage';
import { isImported, type Study } from '../study/schema';
import { listChoices } from '../study/suggest';
import { print, shortPath } from './output';
import { findWorkspace } from './workspace';

export interface ExportFlags {
  readonly method?: string;
  readonly format: 'safetensors' | 'onnx';
  readonly output?: string;
  readonly batch: number;
  readonly workspace?: string;
}

const pretrained = 'pretrained';

/** `eigenprobe export <run>`: the network of a run, as it was fine-tuned or before, as a file for other tools. */
export async function exportRun(reference: string, flags: ExportFlags): Promise<void> {
  const { directory, record } = await findRun(findWorkspace(flags.workspace, '.'), reference);
  const study = (await readJson(join(directory, runFiles.study))) as Study | undefined;
  const stages = join(directory, 'stages');
  const folder = (name: string): string => join(stages, name);
  const dataset = (await readJson(join(folder('data'), 'dataset.json'))) as DatasetRecord | undefined;
  if (!study || !dataset)
    throw new UserError('export-run', `The run ${record.id} has not read its data yet; finish it.`);
  const inputs: StageContext['inputs'] = { import: folder('import'), pretrain: folder('pretrain') };

  const methods = await methodsOf(folder('finetune'), folder('pretrain'), study);
  const method = flags.method ?? (methods.includes('LP-FT') ? 'LP-FT' : methods[0]);
  if (method === undefined || !methods.includes(method)) {
    const there = methods.length === 0 ? 'it has none yet' : `it has ${listChoices(methods, 'and')}`;
    throw new UserError('export-method', `The run ${record.id} has no network "${method ?? pretrained}"; ${there}.`);
  }
  const parameters =
    method === pretrained
      ? (await openNetwork(study, dataset, inputs)).parameters
      : await readParameters(join(folder('finetune'), `${method}.safetensors`));

  const output = resolve(flags.output ?? `${fileName(study.name)}-${method}.${flags.format}`);
  const bytes =
    flags.format === 'onnx'
      ? await asOnnx(study, dataset, inputs, parameters, flags.batch)
      : exportSafetensors(await byOwnNames(study, dataset, inputs, parameters));
  await writeFileAtomic(output, bytes);
  print(shortPath(output));
}

/** Networks that a run has: those of its fine-tuning, and the one before. */
async function methodsOf(finetuned: string, trained: string, study: Study): Promise<string[]> {
  const files = existsSync(finetuned) ? await readdir(finetuned) : [];
  const methods = files.flatMap((file) => /^([A-Z].*)\.safetensors$/.exec(file)?.[1] ?? []).sort();
  const hasNetwork = existsSync(join(trained, 'encoder.safetensors')) || (!study.pretrain && isImported(study.encoder));
  return [...methods, ...(hasNetwork ? [pretrained] : [])];
}

async function asOnnx(
  study: Study,
  dataset: DatasetRecord,
  inputs: StageContext['inputs'],
  parameters: Parameters,
  batch: number,
): Promise<Uint8Array> {
  const { networkShape } = await openEncoder(study, dataset, inputs);
  // Others bring their images to the network's own size themselves.
  const encoder = await openEncoder(study, { ...dataset, sampleShape: networkShape ?? dataset.sampleShape }, inputs);
  return exportOnnx({ encoder, parameters, ...('head.weight' in parameters && { head }) }, batch);
}

/** The head by the name that its library gives the last layer, so that the model loads whole. */
async function byOwnNames(
  { encoder }: Study,
  { sampleShape }: DatasetRecord,
  inputs: StageContext['inputs'],
  parameters: Parameters,
): Promise<Parameters> {
  if (!isImported(encoder)) return parameters;
  const { headNames } = await openImport(inputs.import!, encoder, sampleShape);
  if (!headNames) return parameters;
  const { 'head.weight': weight, 'head.bias': bias, ...rest } = parameters;
  return weight && bias ? { ...rest, [headNames.weight]: weight, [headNames.bias]: bias } : parameters;
}

function fileName(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') || 'network'
  );
}
