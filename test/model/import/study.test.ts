import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelProblems } from '../../../engine/commands/check-model';
import { exportRun } from '../../../engine/commands/export';
import { OnnxGraph } from '../../../engine/compute/onnx/graph';
import { openOnnxDevice } from '../../../engine/compute/onnx-device';
import { readNpy } from '../../../engine/data/npy';
import { readSafetensors, writeSafetensors } from '../../../engine/data/safetensors';
import { stream } from '../../../engine/data/random';
import { generateExample } from '../../../engine/example/generate';
import { extract } from '../../../engine/model/extract';
import { openNetwork } from '../../../engine/model/network';
import { resnet } from '../../../engine/model/resnet';
import { listRuns, readResults } from '../../../engine/run/directory';
import { executeRun } from '../../../engine/run/execute';
import type { Figure } from '../../../engine/run/format';
import { readDataset } from '../../../engine/data/stored-dataset';
import { studySchema, type StudyInput } from '../../../engine/study/schema';
import { normal } from '../../compute/parity';
import { temporaryFolder } from '../../data/temporary';
import { channelsFirst, largestDifference } from './support';
import { hasTorch, torch } from './torch';

const workspace = temporaryFolder();
const device = openOnnxDevice();
const finetune = { methods: ['LP', 'FT', 'LP-FT'] as const, epochs: 1, batchSize: 16, learningRates: [0.003] };
const quick = { ...finetune, methods: [...finetune.methods], trajectory: { points: 0 } };

function study(encoder: StudyInput['encoder'], more: Partial<StudyInput> = {}): StudyInput {
  const data = { folder: 'images', source: 'photo', target: 'sketch', image: { size: 16 } };
  return { name: 'Brought', data, encoder, probe: { regularization: { count: 5 } }, finetune: quick, ...more };
}

async function run(input: StudyInput): Promise<{ directory: string; figures: Figure[] }> {
  const record = await executeRun(join(workspace, 'x.eigenprobe.json'), studySchema.parse(input), {
    workspace,
    openDevice: () => Promise.resolve(device),
  });
  const { directory } = (await listRuns(workspace)).find((entry) => entry.record.id === record.id)!;
  return { directory, figures: (await readResults(directory))!.figures };
}

const methodsOf = (figures: readonly Figure[], id: string): string[] =>
  [...new Set(figures.filter((figure) => figure.id === id).map(({ method }) => method!))].sort();

/** A small ResNet with the ImageNet stem, as torchvision would save it, weights seeded. */
async function writeResnet(file: string, seed: number): Promise<void> {
  const network = resnet({
    ...{ inputShape: [32, 32, 3], statistics: { mean: [0, 0, 0], std: [1, 1, 1] }, widths: [8, 16], blocks: [1, 1] },
    ...{ stem: 'imagenet', stride: 2 },
  });
  const own = Object.entries(network.initialize(stream(seed))).filter(([name]) => !name.startsWith('normalize.'));
  const fc = { 'fc.weight': normal([10, 16], 1), 'fc.bias': normal([10], 2) };
  await writeSafetensors(file, { ...Object.fromEntries(own), ...fc } as never);
}

beforeAll(async () => {
  await generateExample(workspace, { seed: 1, perCell: 20, classes: ['clock', 'tree', 'fish'] });
  await writeResnet(join(workspace, 'resnet.safetensors'), 1);
  const g = new OnnxGraph();
  const x = g.input('x', 'float32', [1, 3, 16, 16]);
  g.output('y', g.add('Hardmax', [g.add('Det', [x])]), 'float32', [1, 3]);
  writeFileSync(join(workspace, 'odd.onnx'), g.finish());
});

describe('a study of an imported ResNet', () => {
  const encoder = { import: 'resnet.safetensors', imageSize: 32 };
  let result: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    result = await run(study(encoder, { spectrum: { eigenvectors: 4 }, transfer: { sourceOnly: { epochs: 1 } } }));
  }, 120_000);

  it('has every analysis, on images that are enlarged on the way', async () => {
    const { figures, directory } = result;
    expect(methodsOf(figures, 'probe.accuracy')).toEqual(['imported']);
    expect(methodsOf(figures, 'transfer.accuracy')).toEqual(['imported', 'source-only']);
    expect(methodsOf(figures, 'finetune.accuracy')).toEqual(['FT', 'LP', 'LP-FT']);
    expect(figures.some(({ stage }) => stage === 'spectrum')).toBe(true);
    const details = (await readResults(directory))!.details.import;
    expect(details).toMatchObject({ file: 'resnet.safetensors', features: 16, imageShape: [32, 32, 3] });
    expect((await readNpy(join(directory, 'stages/represent/features.npy'))).shape[1]).toBe(16);
    expect((await readNpy(join(directory, 'stages/data/values.npy'))).shape.slice(1)).toEqual([16, 16, 3]);
  });

  it('notices another file under the same name', async () => {
    const stageOf = async (): Promise<string> => (await run(study(encoder))).directory;
    const key = async (directory: string) =>
      (await listRuns(workspace)).find((entry) => entry.directory === directory)!.record.stages.represent;
    const again = await key(await stageOf());
    expect(again?.state).toBe('cached');
    await writeResnet(join(workspace, 'resnet.safetensors'), 2);
    const changed = await key(await stageOf());
    expect(changed?.state).toBe('finished');
    expect(changed?.key).not.toBe(again?.key);
    await writeResnet(join(workspace, 'resnet.safetensors'), 1);
  });

  it('is exported by the names that it had, and as ONNX with the same logits', async () => {
    const { directory } = result;
    const to = (name: string): string => join(workspace, name);
    await exportRun(directory, { format: 'safetensors', output: to('back.safetensors'), batch: 1, workspace });
    const [before, after] = [
      await readSafetensors(to('resnet.safetensors')),
      await readSafetensors(to('back.safetensors')),
    ];
    expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
    expect(after.tensors.get('fc.weight')!.shape).toEqual([3, 16]);

    await exportRun(directory, { format: 'onnx', method: 'FT', output: to('ft.onnx'), batch: 4, workspace });
    const images = normal([4, 32, 32, 3], 3);
    const session = await ort.InferenceSession.create(to('ft.onnx'));
    const out = await session.run({ images: new ort.Tensor('float32', channelsFirst(images), [4, 3, 32, 32]) });
    await session.release();
    const { tensors } = await readSafetensors(join(directory, 'stages/finetune/FT.safetensors'));
    const inputs = { import: join(directory, 'stages/import') };
    const dataset = { ...(await readDataset(join(directory, 'stages/data'))), sampleShape: [32, 32, 3] };
    const { encoder: network } = await openNetwork(studySchema.parse(study(encoder)), dataset, inputs);
    const { features } = await extract({
      ...{ device, encoder: network, parameters: Object.fromEntries(tensors) as never },
      dataset: { values: images.data as Float32Array, sampleShape: [32, 32, 3] },
      rows: Int32Array.of(0, 1, 2, 3),
      signal: new AbortController().signal,
    });
    expect(largestDifference(out.features!.data as Float32Array, features)).toBeLessThan(1e-4);
    const [weight, bias] = [tensors.get('head.weight')!.data, tensors.get('head.bias')!.data];
    const logits = Float32Array.from({ length: 12 }, (_, at) => {
      const [i, k] = [Math.floor(at / 3), at % 3];
      let sum = bias[k]!;
      for (let j = 0; j < 16; j++) sum += features[i * 16 + j]! * weight[k * 16 + j]!;
      return sum;
    });
    expect(largestDifference(out.scores!.data as Float32Array, logits)).toBeLessThan(1e-4);

    if (!hasTorch()) return;
    await exportRun(directory, {
      format: 'safetensors',
      method: 'FT',
      output: to('ft.safetensors'),
      batch: 1,
      workspace,
    });
    const scores = torch(
      `
file, = sys.argv[1:]
data = open(file, 'rb').read()
size = struct.unpack('<Q', data[:8])[0]
state, extra = {}, {}
for name, entry in json.loads(data[8:8 + size]).items():
    if name == '__metadata__': extra = entry; continue
    a, b = entry['data_offsets']
    state[name] = torch.from_numpy(np.frombuffer(data[8 + size + a:8 + size + b], '<f4').reshape(entry['shape']).copy())
model = ResNet(Basic, [1, 1], 8, classes=3)
model.load_state_dict(state)
mean, std = [torch.tensor([float(v) for v in extra[k].split()]).view(3, 1, 1) for k in ('pixel-mean', 'pixel-std')]
x = torch.tensor(json.load(sys.stdin)).view(4, 3, 32, 32)
with torch.no_grad(): print(json.dumps(model.eval()((x - mean) / std).flatten().tolist()))
`.replace('json.load(sys.stdin)', `json.load(open('${to('images.json')}'))`),
      (writeFileSync(to('images.json'), JSON.stringify([...channelsFirst(images)])), to('ft.safetensors')),
    );
    expect(largestDifference(JSON.parse(scores) as number[], logits)).toBeLessThan(1e-4);
  }, 60_000);

  it('goes on pretraining from the import, and compares with it', async () => {
    const { figures } = await run(
      study(encoder, {
        ...{ pretrain: { epochs: 1, batchSize: 16, projection: { hidden: 8, output: 4 } }, finetune: undefined },
      }),
    );
    expect(methodsOf(figures, 'probe.accuracy')).toEqual(['imported', 'spectral']);
    expect(figures.filter(({ id }) => id === 'pretrain.loss')).toHaveLength(1);
  }, 60_000);

  it('takes an earlier stage of it as features', async () => {
    const { directory } = await run(study({ ...encoder, layer: 'layer1' }, { finetune: undefined }));
    expect((await readNpy(join(directory, 'stages/represent/features.npy'))).shape[1]).toBe(8);
  }, 60_000);
});

describe('what cannot be brought', () => {
  const fails = (encoder: StudyInput['encoder']) => expect(run(study(encoder))).rejects;

  it('is said with its place in the study', async () => {
    await fails({ import: 'nothing.onnx' }).toThrow(/^encoder\.import: There is no .*nothing\.onnx; check the path/);
    await writeSafetensors(join(workspace, 'other.safetensors'), { 'conv1.weight': normal([8, 3, 7, 7], 1) } as never);
    await fails({ import: 'other.safetensors' }).toThrow(
      /^encoder\.import: .*other\.safetensors does not hold a ResNet/,
    );
    const { tensors } = await readSafetensors(join(workspace, 'resnet.safetensors'));
    const broken = { ...Object.fromEntries(tensors), 'bn1.weight': normal([9], 1) } as unknown as Record<string, never>;
    delete broken['layer2.0.bn2.bias'];
    await writeSafetensors(join(workspace, 'broken.safetensors'), broken);
    await fails({ import: 'broken.safetensors' }).toThrow(
      /bn1\.weight is \[9\] instead of \[8\].*layer2\.0\.bn2\.bias is missing/,
    );
    await fails({ import: 'resnet.safetensors', layer: 'layer3' }).toThrow(
      /has no layer "layer3" \(encoder\.layer\); did you mean "layer1"/,
    );
    await fails({ import: 'odd.onnx' }).toThrow(/^encoder\.import: .*not supported: Det, Hardmax;/);
  });
});

describe('checking a study', () => {
  it('reads the model, and says where in the text it is wrong', async () => {
    const problems = async (encoder: StudyInput['encoder']) => {
      const text = JSON.stringify(study(encoder), undefined, 1);
      const file = join(workspace, 'check.eigenprobe.json');
      return modelProblems(studySchema.parse(study(encoder)), text, file, workspace);
    };
    expect(await problems({ import: 'resnet.safetensors' })).toEqual([]);
    const [found] = await problems({ import: 'odd.onnx' });
    expect(found).toMatchObject({ path: ['encoder', 'import'], line: 12, column: 13, length: '"odd.onnx"'.length });
    expect(found!.message).toContain('Det, Hardmax');
    expect((await problems({ import: 'resnet.safetensors', layer: 'layer9' }))[0]).toMatchObject({
      path: ['encoder', 'layer'],
    });
  });
});

describe.runIf(hasTorch())('models that PyTorch exported to ONNX', () => {
  it.each([
    ['vit', 'ViT(side=16, d=24, depth=2)', 24],
    ['resnet', 'unsettle(ResNet(Basic, [1, 1], 8))', 16],
  ])(
    'a %s goes through a study to the end',
    async (name, network, features) => {
      mkdirSync(join(workspace, 'models'), { recursive: true });
      torch(
        `
folder, name = sys.argv[1:]
torch.onnx.export(${network}.eval(), images(1, 16), f'{folder}/models/{name}.onnx', opset_version=14, input_names=['x'])
`,
        workspace,
        name,
      );
      const { directory, figures } = await run(study({ import: `models/${name}.onnx` }));
      expect(methodsOf(figures, 'finetune.accuracy')).toEqual(['FT', 'LP', 'LP-FT']);
      expect((await readNpy(join(directory, 'stages/represent/features.npy'))).shape[1]).toBe(features);
      const moves = figures.filter(({ id, method }) => id === 'finetune.distortion' && method === 'FT');
      expect(moves.every(({ value }) => value > 0)).toBe(true);
    },
    60_000,
  );
});
