import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openOnnxDevice } from '../../engine/compute/onnx-device';
import { writeNpy } from '../../engine/data/npy';
import { encodeNpz } from '../../engine/data/npz';
import { stream } from '../../engine/data/random';
import { writeSafetensors } from '../../engine/data/safetensors';
import { listRuns, readResults } from '../../engine/run/directory';
import { executeRun } from '../../engine/run/execute';
import type { Figure } from '../../engine/run/format';
import { parseStudy } from '../../engine/study/parse';
import { missingData } from '../../engine/study/missing-data';
import { studySchema, type StudyInput } from '../../engine/study/schema';
import { writeFileAtomic } from '../../engine/run/atomic';
import { temporaryFolder } from '../data/temporary';

const workspace = temporaryFolder();
const d = 6;
const n = { photo: 90, sketch: 60 };
type Domain = keyof typeof n;

/** Features of three classes; those of the sketches lie elsewhere. */
function before(domain: Domain): { values: Float32Array; labels: Int32Array } {
  const random = stream(4, 'brought', domain);
  const labels = Int32Array.from({ length: n[domain] }, (_, i) => i % 3);
  const values = Float32Array.from({ length: n[domain] * d }, (_, at) => {
    const [i, j] = [Math.floor(at / d), at % d];
    return (labels[i] === j ? 3 : 0) + (domain === 'sketch' && j === 5 ? 2 : 0) + 0.5 * random.normal();
  });
  return { values, labels };
}

/** Each sample moves by the same distance: photos by 2, sketches by 1, along one axis each; LP-FT half as far. */
function after(domain: Domain, share: number): Float32Array {
  const axis = domain === 'photo' ? 3 : 4;
  const far = domain === 'photo' ? 2 : 1;
  return before(domain).values.map((value, at) => value + (at % d === axis ? share * far : 0));
}

const matrix = (domain: Domain, data: Float32Array) => ({ shape: [n[domain], d], data });

const study: StudyInput = {
  name: 'Features of PyTorch',
  data: {
    domains: {
      photo: { format: 'npz', path: 'before-photo.npz' },
      sketch: { format: 'safetensors', path: 'before-sketch.safetensors' },
    },
    source: 'photo',
    target: 'sketch',
  },
  encoder: { architecture: 'identity' },
  probe: { regularization: { count: 5 } },
  spectrum: { eigenvectors: 3 },
  finetune: {
    after: {
      FT: { photo: 'ft-photo.npy', sketch: { path: 'ft.safetensors', array: 'sketch' } },
      'LP-FT': { photo: 'lpft-photo.npz', sketch: 'lpft-sketch.csv' },
    },
  },
};

async function run(input: StudyInput): Promise<{ directory: string; figures: Figure[] }> {
  const record = await executeRun(join(workspace, 'x.eigenprobe.json'), studySchema.parse(input), {
    workspace,
    openDevice: () => Promise.resolve(openOnnxDevice()),
  });
  const { directory } = (await listRuns(workspace)).find((entry) => entry.record.id === record.id)!;
  return { directory, figures: (await readResults(directory))!.figures };
}

beforeAll(async () => {
  mkdirSync(workspace, { recursive: true });
  const to = (name: string): string => join(workspace, name);
  const [photo, sketch] = [before('photo'), before('sketch')];
  const archive = { x: matrix('photo', photo.values), y: { shape: [n.photo], data: photo.labels } };
  await writeFileAtomic(to('before-photo.npz'), encodeNpz(archive));
  const tensors = { x: matrix('sketch', sketch.values), y: { shape: [n.sketch], data: sketch.labels } };
  await writeSafetensors(to('before-sketch.safetensors'), tensors);
  await writeNpy(to('ft-photo.npy'), matrix('photo', after('photo', 1)));
  await writeSafetensors(to('ft.safetensors'), { sketch: matrix('sketch', after('sketch', 1)) });
  await writeFileAtomic(to('lpft-photo.npz'), encodeNpz({ features: matrix('photo', after('photo', 0.5)) }));
  const lpft = after('sketch', 0.5);
  const lines = Array.from({ length: n.sketch }, (_, i) => [...lpft.subarray(i * d, (i + 1) * d), i % 3].join(','));
  await writeFileAtomic(to('lpft-sketch.csv'), `a,b,c,d,e,f,label\n${lines.join('\n')}\n`);
});

describe('features that were computed elsewhere', () => {
  it('are compared in full, with a head on each, and nothing trained', async () => {
    const { directory, figures } = await run(study);
    const of = (id: string, method: string | undefined, shift: string): number =>
      figures.find((figure) => figure.id === id && figure.method === method && figure.shift === shift)!.value;
    for (const [method, share] of [
      ['LP', 0],
      ['FT', 1],
      ['LP-FT', 0.5],
    ] as const) {
      expect(of('finetune.distortion', method, 'ID')).toBeCloseTo(2 * share, 5);
      expect(of('finetune.distortion', method, 'OOD')).toBeCloseTo(share, 5);
    }
    expect(of('finetune.distortion-ratio', undefined, 'ID')).toBeCloseTo(0.5, 5);
    expect(of('finetune.accuracy', 'FT', 'ID')).toBeGreaterThan(0.9);
    // A common shift changes no centred kernel.
    expect(of('finetune.cka', 'FT', 'ID')).toBeCloseTo(1, 5);
    expect(figures.some(({ stage }) => stage === 'spectrum')).toBe(true);
    expect(figures.some(({ stage }) => stage === 'probe')).toBe(true);
    const details = (await readResults(directory))!.details.finetune as { distortion: { layers: string[] } };
    expect(details.distortion.layers).toEqual(['features']);
  }, 60_000);

  it('must be the same samples in the same space', async () => {
    const change = (photo: string): StudyInput => ({
      ...study,
      finetune: { after: { FT: { photo, sketch: { path: 'ft.safetensors', array: 'sketch' } } } },
    });
    await writeNpy(join(workspace, 'short.npy'), { shape: [80, d], data: new Float32Array(80 * d) });
    await writeNpy(join(workspace, 'wide.npy'), { shape: [90, 7], data: new Float32Array(90 * 7) });
    await expect(run(change('short.npy'))).rejects.toThrow(
      /finetune\.after\.FT\.photo: short\.npy has 80 rows, but the domain "photo" has 90/,
    );
    await expect(run(change('wide.npy'))).rejects.toThrow(/wide\.npy has 7 features a row, but those before have 6/);
    await expect(run(change('ft.pt'))).rejects.toThrow(/There is no .*ft\.pt/);
  }, 60_000);

  it('is checked before it runs', () => {
    const problems = (changes: object): string[] => {
      const text = JSON.stringify({ ...study, ...changes });
      const { study: parsed, errors } = parseStudy(text, 'x.eigenprobe.json');
      const found = parsed ? missingData(parsed, text, join(workspace, 'x.eigenprobe.json'), workspace) : errors;
      return found.map(({ message }) => message);
    };
    expect(problems({})).toEqual([]);
    expect(problems({ encoder: {} })[0]).toMatch(/set encoder to \{ "architecture": "identity" \}/);
    expect(problems({ finetune: { after: { FT: { photo: 'ft-photo.npy' } } } })[0]).toMatch(
      /finetune\.after\.FT has no file for the domain "sketch"/,
    );
    expect(problems({ finetune: { after: { FT: { photo: 'none.npy', sketch: 'ft.safetensors' } } } })[0]).toMatch(
      /There is no file or folder .*none\.npy/,
    );
    expect(problems({ finetune: { after: { LP: {} } } })[0]).toMatch(/after/);
  });
});
