import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../../engine/compute/onnx-device';
import type { HostArray } from '../../../engine/compute/device';
import { readNpy } from '../../../engine/data/npy';
import { importModel } from '../../../engine/model/import';
import { temporaryFolder } from '../../data/temporary';
import { channelsLast, largestDifference, runImported } from './support';
import { hasTorch, torch } from './torch';

const folder = temporaryFolder();
const plainPixels = { mean: [0, 0, 0], std: [1, 1, 1] };
const device = openOnnxDevice();

async function array(name: string): Promise<HostArray> {
  const { shape, data } = await readNpy(join(folder, name));
  return { shape, data: data as Float32Array };
}

describe.runIf(hasTorch())('models of PyTorch', () => {
  it.each([
    ['resnet18', 'ResNet(Basic, [2, 2, 2, 2], 8)', 'ResNet-18, 64 features'],
    ['resnet34', 'ResNet(Basic, [3, 4, 6, 3], 4)', 'ResNet-34, 32 features'],
    ['resnet50', 'ResNet(Bottleneck, [3, 4, 6, 3], 4)', 'ResNet-50, 128 features'],
  ])('%s by torchvision names equals PyTorch', async (name, network, description) => {
    torch(
      `
folder, name = sys.argv[1:]
model = unsettle(${network})
x = images(2, 48)
save(f'{folder}/{name}.safetensors', {'module.' + k: v for k, v in model.state_dict().items()})
mean, std = torch.tensor([.485, .456, .406]).view(3, 1, 1), torch.tensor([.229, .224, .225]).view(3, 1, 1)
with torch.no_grad():
    f = model.features((x - mean) / std)
    for part, value in dict(x=x, f=f, y=model.fc(f)).items(): np.save(f'{folder}/{name}-{part}.npy', value.numpy())
`,
      folder,
      name,
    );
    const model = await importModel(join(folder, `${name}.safetensors`), { inputShape: [48, 48, 3] });
    expect(model.description).toBe(description);
    const { features, scores } = await runImported(device, model, channelsLast(await array(`${name}-x.npy`)));
    expect(largestDifference(features.data, (await array(`${name}-f.npy`)).data)).toBeLessThan(1e-4);
    expect(largestDifference(scores!.data, (await array(`${name}-y.npy`)).data)).toBeLessThan(1e-4);
  });

  it.each([
    ['resnet', 'ResNet(Basic, [1, 1, 1], 16)', true],
    ['bottleneck', 'ResNet(Bottleneck, [1, 1], 16)', false],
    ['vit', 'ViT()', true],
    ['vit-fixed', 'ViT()', false],
  ])('%s exported to ONNX equals ONNX Runtime on the original', async (name, network, open) => {
    torch(
      `
folder, name, is_open = sys.argv[1:]
model = unsettle(${network})
x = images(3, 32)
torch.onnx.export(model, x[:1], f'{folder}/{name}.onnx', opset_version=14, input_names=['x'], output_names=['y'],
    dynamic_axes=dict(x={0: 'n'}, y={0: 'n'}) if is_open == 'true' else None)
with torch.no_grad():
    for part, value in dict(x=x, f=model.features(x)).items(): np.save(f'{folder}/{name}-{part}.npy', value.numpy())
`,
      folder,
      name,
      String(open),
    );
    const file = join(folder, `${name}.onnx`);
    const model = await importModel(file, { inputShape: [32, 32, 3], pixels: plainPixels });
    const x = await array(`${name}-x.npy`);
    const { features, scores } = await runImported(device, model, channelsLast(x));
    expect(largestDifference(features.data, (await array(`${name}-f.npy`)).data)).toBeLessThan(1e-4);
    const session = await ort.InferenceSession.create(file);
    const size = x.data.length / 3;
    const expected: number[] = [];
    for (let i = 0; i < 3; i++) {
      const one = new ort.Tensor('float32', x.data.slice(i * size, (i + 1) * size) as Float32Array, [
        1,
        ...x.shape.slice(1),
      ]);
      expected.push(...((await session.run({ x: one })).y!.data as Float32Array));
    }
    await session.release();
    expect(largestDifference(scores!.data, expected)).toBeLessThan(1e-4);
  });
});
