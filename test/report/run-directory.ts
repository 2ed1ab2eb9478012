import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNpy } from '../../engine/data/npy';
import { stream } from '../../engine/data/random';
import { writeDataset } from '../../engine/data/stored-dataset';
import { writeJson } from '../../engine/run/atomic';
import { formatVersion, type Figure, type RunEvent, type RunRecord } from '../../engine/run/format';

export const classNames = ['boat', 'chair', 'house', 'lamp', 'rocket', 'tree', 'umbrella'];
export const domainNames = ['sketch', 'photo'];
/** Samples of each class in each domain. */
const perCell = 70;
export const side = 24;
const eigenvectorCount = 12;

export const record: RunRecord = {
  version: formatVersion,
  id: '20260314-092653-589-4f2a91',
  state: 'finished',
  study: { name: 'Sketches to photos', path: 'sketch-photo.eigenprobe.json', hash: 'c0ffee' },
  seed: 7,
  device: { name: 'cpu', detail: 'ONNX Runtime, 8 threads' },
  engine: { version: '0.1.0', node: '20.20.2', platform: 'linux-x64' },
  process: { pid: 1, host: 'elsewhere' },
  startedAt: '2026-03-14T09:26:53.589Z',
  updatedAt: '2026-03-14T09:31:09.120Z',
  finishedAt: '2026-03-14T09:31:09.120Z',
  stages: {
    data: { key: 'a', state: 'cached' },
    pretrain: { key: 'b', state: 'finished', seconds: 143.2 },
    represent: { key: 'c', state: 'finished', seconds: 4.1 },
    spectrum: { key: 'd', state: 'finished', seconds: 1.3 },
    probe: { key: 'e', state: 'finished', seconds: 6.8 },
    transfer: { key: 'f', state: 'finished', seconds: 51.9 },
    finetune: { key: 'g', state: 'finished', seconds: 48.7 },
  },
};

function accuracy(stage: Figure['stage'], method: string, shift: 'ID' | 'OOD', value: number): Figure {
  return {
    stage,
    id: `${stage}.accuracy`,
    label: `Accuracy, ${method}, ${shift}`,
    value,
    unit: 'fraction',
    better: 'higher',
    method,
    shift,
    domain: shift === 'ID' ? 'sketch' : 'photo',
    samples: 98,
  };
}

function distortion(method: string, shift: 'ID' | 'OOD', value: number): Figure {
  return {
    ...{ stage: 'finetune', id: 'finetune.distortion', label: `Feature distortion, ${method}, ${shift}`, value },
    ...{ unit: 'distance', better: 'lower', method, shift, domain: shift === 'ID' ? 'sketch' : 'photo', samples: 98 },
  } as Figure;
}

const spectrumFigure = (id: string, label: string, value: number, unit: Figure['unit']): Figure => ({
  ...{ stage: 'spectrum', id: `spectrum.${id}`, label, value, unit, samples: 2 * 7 * perCell },
});

export const figures: Figure[] = [
  spectrumFigure('clusters', 'Clusters', 7, 'count'),
  spectrumFigure('gap', 'Eigengap', 0.0967, 'eigenvalue'),
  spectrumFigure('nmi', 'Normalised mutual information of clusters and classes', 0.781, 'score'),
  spectrumFigure('ari', 'Adjusted Rand index of clusters and classes', 0.702, 'score'),
  spectrumFigure('accuracy', 'Accuracy of clusters matched to classes', 0.847, 'fraction'),
  accuracy('probe', 'spectral', 'ID', 0.908),
  accuracy('probe', 'random-network', 'ID', 0.41),
  accuracy('transfer', 'source-only', 'ID', 0.918),
  accuracy('transfer', 'source-only', 'OOD', 0.367),
  accuracy('transfer', 'spectral', 'ID', 0.908),
  accuracy('transfer', 'spectral', 'OOD', 0.745),
  ...(['LP', 'FT', 'LP-FT'] as const).flatMap((method, i) => [
    accuracy('finetune', method, 'ID', [0.908, 0.939, 0.949][i]!),
    accuracy('finetune', method, 'OOD', [0.745, 0.612, 0.776][i]!),
  ]),
  distortion('FT', 'ID', 0.0194),
  distortion('FT', 'OOD', 0.0171),
  distortion('LP-FT', 'ID', 0.0012),
  distortion('LP-FT', 'OOD', 0.0009),
];

/** A small picture: a disc, square or bars by class, filled in photos and as an outline in sketches. */
function picture(label: number, domain: number, random: ReturnType<typeof stream>): number[] {
  const hue = [random.below(120), 60 + random.below(120), 90 + random.below(120)];
  const centre = side / 2 + random.uniform(-2, 2);
  const radius = side * random.uniform(0.26, 0.38);
  const pixels: number[] = [];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [Math.abs(x - centre), Math.abs(y - centre)];
      const far = [Math.hypot(dx, dy), Math.max(dx, dy), dx + dy, dx * 2 + dy * 0.6, dy * 2 + dx * 0.6][label % 5]!;
      const inside = domain === 0 ? Math.abs(far - radius) < 1.2 : far < radius;
      for (let c = 0; c < 3; c++) {
        const background = domain === 0 ? 248 : 170 + 3 * y - 20 * c;
        const ink = domain === 0 ? 30 : hue[(c + label) % 3]! + 2 * y;
        pixels.push(Math.max(0, Math.min(255, inside ? ink : background)));
      }
    }
  return pixels;
}

function events(): RunEvent[] {
  const random = stream(7, 'events');
  const time = record.startedAt;
  const list: RunEvent[] = [{ time, type: 'run', state: 'running' }];
  for (let step = 1; step <= 600; step++) {
    const value = -1.02 - 0.95 * (1 - Math.exp(-step / 130)) + 0.06 * random.normal();
    list.push({ time, type: 'metric', stage: 'pretrain', name: 'loss', step, value });
  }
  for (const [method, rate] of [
    ['FT', 25],
    ['LP-FT', 15],
  ] as const)
    for (let step = 1; step <= 120; step += 3) {
      const value = (method === 'FT' ? 1.9 : 0.5) * Math.exp(-step / rate) + 0.08 + 0.015 * random.normal();
      list.push({ time, type: 'metric', stage: 'finetune', name: `${method}/loss`, step, value });
    }
  list.push({
    time,
    type: 'log',
    level: 'warning',
    stage: 'data',
    message: '2 of 982 images could not be read and are left out.',
  });
  return list;
}

/** Writes the data and spectrum stages of a made-up run: classes separate on some eigenvectors, domains on one. */
async function writeStages(stages: string): Promise<void> {
  const random = stream(7, 'fixture');
  const n = classNames.length * domainNames.length * perCell;
  const [labels, domains, clusters] = [new Int32Array(n), new Int32Array(n), new Int32Array(n)];
  const splits = new Uint8Array(n);
  const vectors = new Float32Array(n * eigenvectorCount);
  const values = new Uint8Array(n * side * side * 3);
  for (let i = 0; i < n; i++) {
    const label = i % classNames.length;
    const domain = Math.floor(i / (n / 2));
    labels[i] = label;
    domains[i] = domain;
    splits[i] = i % 5 === 0 ? 2 : 0;
    clusters[i] = random.chance(0.85) ? (label * 3 + 2) % 7 : random.below(7);
    for (let j = 0; j < eigenvectorCount; j++) {
      const mean =
        [1, Math.cos((label / 7) * 2 * Math.PI), Math.sin((label / 7) * 2 * Math.PI), domain - 0.5][j] ??
        Math.cos(label * j);
      const signal = mean * (j < 7 ? 1 : 0.1) + (j > 0 ? 0.18 * (domain - 0.5) : 0);
      vectors[i * eigenvectorCount + j] = (signal + (j === 0 ? 0.03 : 0.17) * random.normal()) / Math.sqrt(n);
    }
    values.set(picture(label, domain, random), i * side * side * 3);
  }
  const eigenvalues = Float64Array.from([
    1, 0.962, 0.941, 0.913, 0.884, 0.861, 0.828, 0.7313, 0.688, 0.655, 0.61, 0.584, 0.55, 0.53, 0.497, 0.48,
  ]);
  for (const stage of ['data', 'spectrum']) await mkdir(join(stages, stage), { recursive: true });
  const names = Array.from(
    labels,
    (label, i) => `${domainNames[domains[i]!]}/${classNames[label]}/${String(i).padStart(4, '0')}.png`,
  );
  const sampleShape = [side, side, 3];
  await writeDataset(join(stages, 'data'), {
    ...{ sampleShape, values, labels, domains, splits, classNames, domainNames, names },
  });
  await writeNpy(join(stages, 'spectrum/eigenvalues.npy'), { shape: [eigenvalues.length], data: eigenvalues });
  await writeNpy(join(stages, 'spectrum/eigenvectors.npy'), { shape: [n, eigenvectorCount], data: vectors });
  await writeNpy(join(stages, 'spectrum/clusters.npy'), { shape: [n], data: clusters });
}

/** A made-up run directory in a new temporary folder; returns its path. */
export async function writeRunDirectory(changes: Partial<RunRecord> = {}, empty = false): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'eigenprobe-report-'));
  await writeJson(join(directory, 'run.json'), { ...record, ...(empty ? { stages: {} } : {}), ...changes });
  if (empty) return directory;
  await writeJson(join(directory, 'study.json'), {
    name: record.study.name,
    seed: 7,
    data: { folder: 'images', source: 'sketch', target: 'photo' },
    encoder: { architecture: 'resnet-small', width: 16, features: 128 },
    note: '</script><script>document.title = "escaped"</script><!--',
  });
  await writeJson(join(directory, 'results.json'), {
    version: formatVersion,
    run: record.id,
    study: record.study.name,
    figures,
    details: {
      spectrum: {
        eigenvectors: [...'nccdcccccnnn'].map((kind) => ({
          separates: { n: 'neither', c: 'class', d: 'domain' }[kind],
        })),
      },
    },
  });
  await writeFile(
    join(directory, 'events.jsonl'),
    events()
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(''),
  );
  await writeStages(join(directory, 'stages'));
  return directory;
}
