import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HostArray } from '../../../engine/compute/device';
import { openOnnxDevice } from '../../../engine/compute/onnx-device';
import { writeNpy } from '../../../engine/data/npy';
import { stream } from '../../../engine/data/random';
import { readNpy } from '../../../engine/data/npy';
import { blocksOf } from '../../../engine/model/blocks';
import { importModel, type ImportedModel } from '../../../engine/model/import';
import { isBuffer } from '../../../engine/model/parameters';
import { realPath } from '../../data/real-data';
import { temporaryFolder } from '../../data/temporary';
import { largestDifference, runImported } from './support';
import { hasTorch, torch } from './torch';

const folder = temporaryFolder();
const device = openOnnxDevice();

function images(n: number, side: number): HostArray {
  const random = stream(1, 'mobilenet');
  return { shape: [n, side, side, 3], data: Float32Array.from({ length: n * side * side * 3 }, () => random.next()) };
}

describe('MobileNet v1 from TensorFlow.js', () => {
  let file: string;
  let model: ImportedModel;
  beforeAll(async () => {
    file = realPath('mobilenet_v1_025_224', 'model.json');
    model = await importModel(file, { inputShape: [64, 64, 3] });
  });

  it('has 256 features, a thousand classes, and its parameters', () => {
    expect(model.description).toBe('MobileNet v1, 256 features');
    const sizes = (parameters: ImportedModel['parameters']) =>
      Object.entries(parameters).reduce(
        (sum, [name, { data }]) => (name.startsWith('normalize.') ? sum : sum + data.length),
        0,
      );
    expect(sizes(model.parameters) + sizes(model.classifier!.parameters)).toBe(475_544);
    expect(isBuffer('conv1_bn/moving_mean') && isBuffer('conv1_bn/moving_variance')).toBe(true);
    expect(isBuffer('conv1_bn/gamma')).toBe(false);
  });

  it('has the blocks that it was built of, at most twelve', () => {
    const whole = blocksOf(model.encoder, model.parameters, 99);
    expect(whole.map(({ name }) => name)).toEqual([
      'conv1',
      ...Array.from({ length: 13 }, (_, i) => `conv_pw_${i + 1}`),
    ]);
    expect(whole[1]!.parameters).toContain('conv_dw_1/depthwise_kernel');
    expect(blocksOf(model.encoder, model.parameters)).toHaveLength(12);
  });

  it.runIf(hasTorch())('equals the network written in PyTorch, for even and odd sides', async () => {
    for (const side of [64, 33]) {
      const x = images(2, side);
      await writeNpy(join(folder, `x-${side}.npy`), x);
      torch(
        `
import os
folder, side, model = sys.argv[1:]
base = os.path.dirname(model)
w = {}
for group in json.load(open(model))['weightsManifest']:
    data = b''.join(open(os.path.join(base, p), 'rb').read() for p in group['paths'])
    at = 0
    for e in group['weights']:
        count = int(np.prod(e['shape']))
        w[e['name']] = torch.from_numpy(np.frombuffer(data, '<f4', count, at).reshape(e['shape']).copy()); at += 4 * count
x = torch.from_numpy(np.load(f'{folder}/x-{side}.npy')).permute(0, 3, 1, 2) * 2 - 1
def same(x, k, s):
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max(0, (-(-size // s) - 1) * s + k - size)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)
def norm(x, name):
    g, b, m, v = [w[f'{name}_bn/{p}'].view(1, -1, 1, 1) for p in ('gamma', 'beta', 'moving_mean', 'moving_variance')]
    return torch.clamp((x - m) / torch.sqrt(v + 1e-3) * g + b, 0, 6)
x = norm(F.conv2d(same(x, 3, 2), w['conv1/kernel'].permute(3, 2, 0, 1), stride=2), 'conv1')
for i, s in enumerate([1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1], 1):
    k = w[f'conv_dw_{i}/depthwise_kernel'].permute(2, 3, 0, 1)
    x = norm(F.conv2d(same(x, 3, s), k, stride=s, groups=k.shape[0]), f'conv_dw_{i}')
    x = norm(F.conv2d(x, w[f'conv_pw_{i}/kernel'].permute(3, 2, 0, 1)), f'conv_pw_{i}')
f = x.mean((2, 3))
np.save(f'{folder}/f-{side}.npy', f.numpy())
np.save(f'{folder}/y-{side}.npy', (f @ w['conv_preds/kernel'][0, 0] + w['conv_preds/bias']).numpy())
`,
        folder,
        String(side),
        file,
      );
      const { features, scores } = await runImported(device, model, x);
      const expected = async (part: string) => (await readNpy(join(folder, `${part}-${side}.npy`))).data;
      expect(largestDifference(features.data, await expected('f'))).toBeLessThan(1e-4);
      expect(largestDifference(scores!.data, await expected('y'))).toBeLessThan(1e-4);
    }
  });
});
