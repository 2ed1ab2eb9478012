import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../engine/data/npy';
import { readSafetensors } from '../../engine/data/safetensors';
import { generateExample } from '../../engine/example/generate';
import { listRuns, readResults } from '../../engine/run/directory';
import { readEvents } from '../../engine/run/events';
import type { Figure, StageName } from '../../engine/run/format';
import { startChild, temporaryFolder } from '../run/support/process';
import { bundleEngine } from '../support/engine-bundle';

const home = temporaryFolder();
let engine: Awaited<ReturnType<typeof bundleEngine>>;

const study = (finetuneEpochs: number): string => `{
  // Small enough for a test: every stage is real, none is long.
  "name": "Small",
  "seed": 3,
  "data": { "folder": "images", "source": "photo", "target": "sketch", "image": { "size": 16 } },
  "encoder": { "architecture": "convnet", "width": 4, "features": 16 },
  "pretrain": { "epochs": 12, "batchSize": 32, "checkpointSteps": 3, "projection": { "hidden": 16, "output": 8 } },
  "spectrum": { "eigenvectors": 6 },
  "probe": { "regularization": { "count": 5 } },
  "transfer": { "sourceOnly": { "epochs": 3, "batchSize": 16 } },
  "finetune": { "epochs": ${finetuneEpochs}, "batchSize": 16, "learningRates": [0.001, 0.01] },
  "advantage": {
    "quality": { "kind": "noise", "levels": [0, 1] },
    "shifts": [{ "kind": "noise", "sizes": [0.2] }],
    "seeds": 1, "epochs": 2, "learningRates": [0.01]
  }
}`;

async function newWorkspace(name: string): Promise<{ path: string; study: string }> {
  const path = join(home.path, name);
  mkdirSync(path);
  await generateExample(path, { seed: 1, perCell: 24, classes: ['clock', 'tree', 'fish'] });
  const file = join(path, 'small.eigenprobe.json');
  writeFileSync(file, study(2));
  return { path, study: file };
}

const run = (file: string) => startChild(engine.program, ['run', file, '--json']);

async function finish(file: string): Promise<void> {
  const child = run(file);
  const { code } = await child.exit;
  expect(code, child.output()).toBe(0);
}

async function newest(workspace: string) {
  const entry = (await listRuns(workspace))[0]!;
  return { ...entry, results: await readResults(entry.directory) };
}

beforeAll(async () => {
  engine = await bundleEngine('end-to-end');
});
afterAll(() => {
  engine.remove();
  home.remove();
});

describe('a study from its file to its results', () => {
  let workspace: Awaited<ReturnType<typeof newWorkspace>>;
  let figures: Figure[];

  beforeAll(async () => {
    workspace = await newWorkspace('undisturbed');
    await finish(workspace.study);
    figures = (await newest(workspace.path)).results!.figures;
  });

  const values = (id: string): [string | undefined, string | undefined, number][] =>
    figures.filter((figure) => figure.id === id).map(({ method, shift, value }) => [method, shift, value]);

  it('measures every stage', () => {
    const pairs = (methods: string[]) => methods.flatMap((method) => [`${method} ID`, `${method} OOD`]).sort();
    const measured = (id: string): string[] =>
      values(id)
        .map(([method, shift]) => `${method} ${shift}`)
        .sort();
    expect(measured('probe.accuracy')).toEqual(pairs(['spectral', 'random-network']));
    expect(measured('transfer.accuracy')).toEqual(pairs(['spectral', 'source-only']));
    expect(measured('finetune.accuracy')).toEqual(pairs(['LP', 'FT', 'LP-FT']));
    expect(measured('finetune.distortion')).toEqual(pairs(['LP', 'FT', 'LP-FT']));
    for (const id of ['spectrum.nmi', 'spectrum.ari', 'spectrum.accuracy', 'spectrum.gap', 'pretrain.loss'])
      expect(values(id).length, id).toBeGreaterThan(0);
    for (const { id, unit, value } of figures) {
      expect(Number.isFinite(value), id).toBe(true);
      if (unit === 'fraction') expect(value >= (id === 'advantage.difference' ? -1 : 0) && value <= 1, id).toBe(true);
    }
  });

  it('probes, transfers and fine-tunes from one and the same linear head', () => {
    const of = (id: string, method: string) => values(id).filter(([name]) => name === method);
    const probe = of('probe.accuracy', 'spectral').map(([, shift, value]) => [shift, value]);
    expect(of('transfer.accuracy', 'spectral').map(([, shift, value]) => [shift, value])).toEqual(probe);
    expect(of('finetune.accuracy', 'LP').map(([, shift, value]) => [shift, value])).toEqual(probe);
  });

  it('writes arrays and weights that say the same as the figures', async () => {
    const { directory } = await newest(workspace.path);
    const stage = (name: StageName, file: string): string => join(directory, 'stages', name, file);
    const { tensors } = await readSafetensors(stage('pretrain', 'encoder.safetensors'));
    expect(tensors.get('conv1.weight')!.shape).toEqual([4, 3, 3, 3]);
    const features = await readNpy(stage('represent', 'features.npy'));
    expect(features.shape).toEqual([144, 16]);
    // Distortion again, from the arrays alone.
    const rows = (await readNpy(stage('finetune', 'rows.npy'))).data;
    const domains = (await readNpy(stage('data', 'domains.npy'))).data;
    const { domainNames } = JSON.parse(readFileSync(stage('data', 'dataset.json'), 'utf8')) as {
      domainNames: string[];
    };
    for (const method of ['FT', 'LP-FT']) {
      const after = await readNpy(stage('finetune', `features-${method}.npy`));
      const sums = domainNames.map(() => ({ sum: 0, count: 0 }));
      for (let i = 0; i < rows.length; i++) {
        const row = Number(rows[i]);
        let square = 0;
        for (let j = 0; j < 16; j++)
          square += (Number(after.data[i * 16 + j]) - Number(features.data[row * 16 + j])) ** 2;
        const entry = sums[Number(domains[row])]!;
        entry.sum += Math.sqrt(square);
        entry.count++;
      }
      for (const figure of figures.filter((f) => f.id === 'finetune.distortion' && f.method === method)) {
        const { sum, count } = sums[domainNames.indexOf(figure.domain!)]!;
        expect(figure.value).toBeCloseTo(sum / count, 6);
        expect(figure.samples).toBe(count);
      }
    }
  });

  it('does not move features by probing alone', () => {
    for (const [method, , value] of values('finetune.distortion'))
      if (method === 'LP') expect(value).toBe(0);
      else expect(value).toBeGreaterThan(0);
  });

  it('computes again only what a change touches', async () => {
    writeFileSync(workspace.study, study(1));
    await finish(workspace.study);
    const { record } = await newest(workspace.path);
    for (const [name, { state }] of Object.entries(record.stages))
      expect(state, name).toBe(name === 'finetune' ? 'finished' : 'cached');
  });

  it('gives the numbers of an undisturbed run after kill -9 in the middle of pretraining', async () => {
    const other = await newWorkspace('killed');
    const child = run(other.study);
    await child.until(/"stage":"pretrain","done":8,/);
    child.process.kill('SIGKILL');
    await child.exit;
    const broken = await newest(other.path);
    expect(broken.state).toBe('interrupted');
    await finish(other.study);
    const resumed = await newest(other.path);
    expect(resumed.record.id).toBe(broken.record.id);
    expect(resumed.results!.figures).toEqual(figures);
    const events = await readEvents(join(resumed.directory, 'events.jsonl'));
    const steps = events.flatMap((e) => (e.type === 'progress' && e.stage === 'pretrain' ? [e.done] : []));
    const back = steps.findIndex((step, i) => i > 0 && step <= steps[i - 1]!);
    // It went on from a checkpoint, at most three steps back.
    if (back >= 0) expect(steps[back]).toBeGreaterThan(5);
  });

  it('gives them too after kill -9 in the middle of the advantage map, whose finished part is not computed again', async () => {
    const other = await newWorkspace('killed-map');
    const child = run(other.study);
    await child.until(/"type":"metric","stage":"advantage","name":"advantage","step":1,/);
    child.process.kill('SIGKILL');
    await child.exit;
    await finish(other.study);
    const resumed = await newest(other.path);
    expect(resumed.results!.figures).toEqual(figures);
    const events = await readEvents(join(resumed.directory, 'events.jsonl'));
    const units = events.flatMap((e) => (e.type === 'metric' && e.stage === 'advantage' ? [e.step] : []));
    expect(units).toEqual([1, 2]);
  });

  it('gives them too after a cancel in the middle of fine-tuning, which leaves a readable run', async () => {
    const other = await newWorkspace('cancelled');
    const child = run(other.study);
    await child.until(/"stage":"finetune","done":3,/);
    child.process.kill('SIGTERM');
    expect((await child.exit).code).toBe(130);
    const cancelled = await newest(other.path);
    expect(cancelled.state).toBe('cancelled');
    expect(cancelled.results!.figures.some(({ stage }) => stage === 'transfer')).toBe(true);
    await finish(other.study);
    expect((await newest(other.path)).results!.figures).toEqual(figures);
  });
});
