import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import { type Dataset, Split } from '../../engine/data/dataset';
import { writeNpy } from '../../engine/data/npy';
import { stream } from '../../engine/data/random';
import { writeSafetensors } from '../../engine/data/safetensors';
import { readDataset, writeDataset } from '../../engine/data/stored-dataset';
import { openEncoder } from '../../engine/model/network';
import { extract } from '../../engine/model/extract';
import type { Stage, StageContext } from '../../engine/run/stage';
import { type Study, studySchema, type StudyInput } from '../../engine/study/schema';

export const device = openOnnxDevice();
const [perCell, d] = [48, 6];

/** Two domains, three classes: two features tell the classes apart, the rest is noise; the target is shifted. */
export function smallDataset(): Dataset {
  const random = stream(1, 'finetune-stage');
  const rows = Array.from({ length: 6 * perCell }, (_, i) => ({
    domain: i < 3 * perCell ? 0 : 1,
    label: i % 3,
    split: [Split.train, Split.train, Split.validation, Split.test][Math.floor(i / 3) % 4]!,
  }));
  const values = Float32Array.from({ length: rows.length * d }, (_, at) => {
    const { domain, label } = rows[Math.floor(at / d)]!;
    const j = at % d;
    const signal = j < 2 ? 1.5 * [Math.cos, Math.sin][j]!((2 * Math.PI * label) / 3) : 0;
    return signal + (domain === 1 && j === 2 ? 1 : 0) + 0.6 * random.normal();
  });
  return {
    ...{ sampleShape: [d], values, classNames: ['one', 'two', 'three'], domainNames: ['here', 'there'] },
    labels: Int32Array.from(rows, ({ label }) => label),
    domains: Int32Array.from(rows, ({ domain }) => domain),
    splits: Uint8Array.from(rows, ({ split }) => split),
    names: rows.map((_, i) => `row ${i}`),
  };
}

export function smallStudy(changes: Partial<StudyInput>): Study {
  return studySchema.parse({
    name: 'small',
    seed: 5,
    data: { folder: 'unused', source: 'here', target: 'there' },
    encoder: { architecture: 'mlp', width: 2, features: 8 },
    pretrain: { epochs: 1 },
    probe: { regularization: { count: 5 } },
    ...changes,
  });
}

/** Folders as the stages before leave them, with the network as it starts instead of a pretrained one. */
export async function inputsOf(
  root: string,
  study: Study,
  samples: Dataset = smallDataset(),
): Promise<StageContext['inputs']> {
  const place = (name: string): string => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const inputs = { data: place('data'), pretrain: place('pretrain'), represent: place('represent') };
  await writeDataset(inputs.data, samples);
  const dataset = await readDataset(inputs.data);
  const encoder = await openEncoder(study, dataset, {});
  const parameters = encoder.initialize(stream(study.seed, 'encoder'));
  const signal = new AbortController().signal;
  const rows = dataset.labels.map((_, row) => row);
  const { features } = await extract({ device, encoder, parameters, dataset, rows, signal });
  await writeSafetensors(join(inputs.pretrain, 'encoder.safetensors'), parameters);
  await writeNpy(join(inputs.represent, 'features.npy'), { shape: [rows.length, encoder.features], data: features });
  return inputs;
}

export async function runStage(
  stage: Stage,
  context: Pick<StageContext, 'study' | 'folder' | 'inputs'> & Partial<StageContext>,
) {
  mkdirSync(context.folder, { recursive: true });
  return stage.run({
    resolvePath: (path) => path,
    report: { progress: () => undefined, metric: () => undefined, log: () => undefined },
    signal: new AbortController().signal,
    device,
    ...context,
  });
}
