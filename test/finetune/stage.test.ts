import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Split } from '../../engine/data/dataset';
import { readNpy } from '../../engine/data/npy';
import { Cancelled } from '../../engine/errors';
import { finetuneStage } from '../../engine/finetune/stage';
import { trajectoryColumns } from '../../engine/finetune/trajectory';
import { readParameters } from '../../engine/model/read-parameters';
import type { StageContext, StageOutput } from '../../engine/run/stage';
import { type FinetuneMethod, finetuneMethods, type StudyInput } from '../../engine/study/schema';
import { temporaryFolder } from '../data/temporary';
import { inputsOf, runStage, smallDataset, smallStudy } from './support';

const root = temporaryFolder();
const finetune = {
  methods: [...finetuneMethods],
  ...{ epochs: 10, batchSize: 16, learningRates: [0.01, 0.05] },
  l2sp: { strengths: [0.1, 100] },
  wise: { alphas: [0, 0.5, 1], alpha: 1 },
  trajectory: { points: 3 },
};
const study = smallStudy({ finetune });

interface Details {
  methods: Record<
    string,
    { learningRate?: number; strength?: number; trials?: unknown[]; curve?: { points: number[][] } }
  >;
  distortion: {
    layers: string[];
    tests: { shift: 'ID' | 'OOD'; from: number; count: number }[];
    methods: Record<
      string,
      {
        layers: Record<string, Record<string, Record<string, number>>>;
        subspace: Record<string, Record<string, unknown>>;
      }
    >;
  };
  trajectories: { columns: string[]; methods: Record<string, { file: string; points: (number | null)[][] }> };
}

let inputs: StageContext['inputs'];
let output: StageOutput;
let details: Details;
const folder = join(root, 'finetune');
const read = (file: string) => readNpy(join(folder, file));

beforeAll(async () => {
  inputs = await inputsOf(root, study);
  output = await runStage(finetuneStage, { study, folder, inputs });
  details = output.details as unknown as Details;
}, 60_000);

const value = (id: string, method: string, shift: string): number =>
  output.figures.find((figure) => figure.id === id && figure.method === method && figure.shift === shift)!.value;

describe('the fine-tuning stage', () => {
  it('measures every method in and out of distribution', () => {
    for (const method of finetuneMethods)
      for (const shift of ['ID', 'OOD']) {
        expect(value('finetune.accuracy', method, shift), method).toBeGreaterThan(0.4);
        const move = value('finetune.distortion', method, shift);
        if (method === 'LP') expect(move).toBe(0);
        else expect(move, method).toBeGreaterThan(0);
      }
    expect(details.methods['L2-SP']!.trials).toHaveLength(4);
    const apart = output.figures.find(({ id }) => id === 'finetune.shift-distance')!.value;
    expect(apart).toBeGreaterThan(0);
    expect(apart).toBeLessThanOrEqual(2);
    expect(existsSync(join(folder, 'trials'))).toBe(false);
  });

  it('changes only what a method says', async () => {
    const of = (name: string) => readParameters(join(folder, `${name}.safetensors`));
    const [start, first, last, full] = await Promise.all(['LP', 'first-blocks', 'last-blocks', 'FT'].map(of));
    const changed = (network: typeof start) =>
      Object.keys(start!)
        .filter((name) => !network![name]!.data.every((x, i) => x === start![name]!.data[i]))
        .map((name) => name.split('.')[0]!);
    expect(new Set(changed(first!))).toEqual(new Set(['fc1', 'bn1', 'head']));
    expect(new Set(changed(last!))).toEqual(new Set(['fc3', 'bn3', 'head']));
    expect(new Set(changed(full!))).toEqual(new Set(['fc1', 'bn1', 'fc2', 'bn2', 'fc3', 'bn3', 'head']));
    for (const name of Object.keys(start!).filter((each) => each.includes('running')))
      expect(full![name]!.data, name).toEqual(start![name]!.data);
  });

  it('WiSE-FT runs from LP to LP-FT', () => {
    const { points } = details.methods['WiSE-FT']!.curve!;
    expect(points.map(([alpha]) => alpha)).toEqual([0, 0.5, 1]);
    for (const [i, method] of [
      [0, 'LP'],
      [2, 'LP-FT'],
    ] as const) {
      const [, , accuracyID, accuracyOOD, moveID, moveOOD] = points[i]!;
      expect(accuracyID).toBe(value('finetune.accuracy', method, 'ID'));
      expect(accuracyOOD).toBe(value('finetune.accuracy', method, 'OOD'));
      expect(moveID).toBeCloseTo(value('finetune.distortion', method, 'ID'), 4);
      expect(moveOOD).toBeCloseTo(value('finetune.distortion', method, 'OOD'), 4);
    }
    expect(value('finetune.accuracy', 'WiSE-FT', 'ID')).toBe(value('finetune.accuracy', 'LP-FT', 'ID'));
  });

  it('says the same in arrays, metrics and figures', async () => {
    const { layers, tests, methods } = details.distortion;
    expect(layers).toEqual(['fc1', 'fc2', 'features']);
    const [moves, samples] = [await read('moves-FT.npy'), await read('distortion-FT.npy')];
    const m = moves.shape[0]!;
    expect(samples.shape).toEqual([3, 3, m]);
    for (const { shift, from, count } of tests) {
      // Measure 0 (move) of the last layer (features).
      let sum = 0;
      for (let i = from; i < from + count; i++) sum += Number(samples.data[2 * m + i]);
      expect(sum / count).toBeCloseTo(value('finetune.distortion', 'FT', shift), 4);
      expect(methods.FT!.layers.features![shift]!.move).toBeCloseTo(sum / count, 4);
      const { cka } = methods.FT!.layers.features![shift]!;
      expect(cka).toBe(value('finetune.cka', 'FT', shift));
      expect(cka).toBeLessThan(1);
      expect(methods.LP!.layers.features![shift]).toMatchObject({ move: 0, cosine: 1 });
      expect(methods.LP!.subspace[shift]!.shareInSpan).toBeNull();
    }
  });

  it('follows each training from its start to what it ends with', async () => {
    const { columns, methods } = details.trajectories;
    expect(columns).toEqual(trajectoryColumns);
    expect(Object.keys(methods)).toEqual(finetuneMethods.filter((name) => name !== 'LP' && name !== 'WiSE-FT'));
    for (const [method, { file, points }] of Object.entries(methods)) {
      const of = (row: (number | null)[], name: (typeof trajectoryColumns)[number]) => row[columns.indexOf(name)]!;
      const [first, last] = [points[0]!, points.at(-1)!];
      expect(points.map((row) => of(row, 'step'))).toEqual([0, 4, 18, 40]);
      for (const shift of ['ID', 'OOD'] as const) {
        expect(of(first, `move${shift}`)).toBeLessThan(1e-5);
        expect(of(last, `accuracy${shift}`), method).toBe(value('finetune.accuracy', method, shift));
        expect(of(last, `move${shift}`)).toBeCloseTo(value('finetune.distortion', method, shift), 4);
      }
      expect(of(first, 'startCosine')).toBeCloseTo(1, 6);
      const table = await read(file);
      expect(table.shape).toEqual([4, columns.length]);
      expect(Number(table.data[3 * columns.length + 1])).toBe(of(last, 'accuracyID'));
    }
    const probeCosine = (method: string) => methods[method]!.points[0]![columns.indexOf('probeCosine')]!;
    expect(probeCosine('LP-FT')).toBeCloseTo(1, 6);
    expect(Math.abs(probeCosine('FT'))).toBeLessThan(0.95);
  });

  it('gives the numbers of an undisturbed run after it was stopped', async () => {
    const stop = new AbortController();
    const again = join(root, 'stopped');
    let seen = 0;
    const report = {
      metric: () => undefined,
      log: () => undefined,
      progress: (_done: number, _total: number, label: string) => {
        if (label.startsWith('LP-FT, learning rate 0.05') && ++seen === 5) stop.abort();
      },
    };
    const context = { study, folder: again, inputs };
    await expect(runStage(finetuneStage, { ...context, report, signal: stop.signal })).rejects.toThrow(Cancelled);
    expect(existsSync(join(again, 'trials', 'LP-FT-0.05.checkpoint'))).toBe(true);
    expect(await runStage(finetuneStage, context)).toEqual(output);
  });

  it('stops early where it is asked to, and takes statistics anew between networks that differ in theirs', async () => {
    const other = smallStudy({
      finetune: {
        ...finetune,
        ...{ methods: ['FT', 'WiSE-FT'], batchNorm: 'published', earlyStopping: true, learningRates: [0.3] },
        wise: { from: 'FT', alphas: [0, 0.5, 1], alpha: 'validation' },
      },
    });
    const { details: found } = await runStage(finetuneStage, { study: other, folder: join(root, 'early'), inputs });
    const { methods, trajectories } = found as unknown as Details;
    const validation = trajectories.methods.FT!.points.map((row) => row.at(-1) as number);
    expect(methods.FT!.trials).toEqual([{ learningRate: 0.3, validationAccuracy: Math.max(...validation) }]);
    const curve = methods['WiSE-FT']!.curve!.points;
    expect(curve[2]![1]).toBe(Math.max(...validation));
    expect(curve[1]!.every(Number.isFinite)).toBe(true);
  });

  it('once all is chosen learns again as if validation samples had been training samples all along', async () => {
    const fixed = { epochs: 10, batchSize: 16, trajectory: { points: 2 } };
    const probe = { regularization: { from: -1, to: -1, count: 1 } };
    const of = (name: string, places: StageContext['inputs'], more: Partial<StudyInput['finetune']>) =>
      runStage(finetuneStage, {
        study: smallStudy({ probe, finetune: { ...fixed, ...more } }),
        ...{ folder: join(root, name), inputs: places },
      });
    const again = await of('again', inputs, { learningRates: [0.01, 0.05], refit: true });
    const { methods } = again.details as unknown as Details;
    const rates = Object.fromEntries(['FT', 'LP-FT'].map((method) => [method, methods[method]!.learningRate!]));

    // All of the source's samples but those of the test are training samples here; of the test's none is left to measure.
    const { splits, ...rest } = smallDataset();
    const from: number[] = [Split.validation, Split.test];
    const to: number[] = [Split.train, Split.validation];
    const joined = {
      ...rest,
      splits: splits.map((split, i) => (rest.domains[i] === 0 ? (to[from.indexOf(split)] ?? split) : split)),
    };
    const { data } = await inputsOf(join(root, 'joined'), study, joined);
    const places = { ...inputs, data };
    for (const [method, rate] of Object.entries(rates) as [FinetuneMethod, number][]) {
      const direct = await of(`direct-${method}`, places, { methods: ['LP', method], learningRates: [rate] });
      for (const file of [`${method}.safetensors`, 'LP.safetensors'])
        expect(await readParameters(join(root, 'again', file))).toEqual(
          await readParameters(join(root, `direct-${method}`, file)),
        );
      const target = ({ figures }: StageOutput) =>
        figures.filter(
          (figure) => figure.shift === 'OOD' && figure.method === method && figure.id === 'finetune.accuracy',
        );
      expect(target(again)).toEqual(target(direct));
    }
    // And rates were chosen before: by trials that had not seen the validation samples.
    const before = await of('before', inputs, { learningRates: [0.01, 0.05] });
    const plain = (before.details as unknown as Details).methods;
    expect(methods.FT).toMatchObject({ refit: true, trials: plain.FT!.trials, learningRate: plain.FT!.learningRate });
    expect(methods['LP-FT']!.trials).toEqual(plain['LP-FT']!.trials);
  });

  it('keeps the smallest rate that validation does not tell from the best, if asked to', async () => {
    const of = (choice: 'best' | 'simplest') =>
      runStage(finetuneStage, {
        study: smallStudy({
          finetune: { methods: ['LP-FT'], learningRates: [1e-9, 1e-8, 0.05], choice, trajectory: { points: 0 } },
        }),
        ...{ folder: join(root, choice), inputs },
      });
    const { methods } = (await of('simplest')).details as unknown as Details;
    // The two small rates leave the network where it was, so that they predict alike.
    const [first, second] = methods['LP-FT']!.trials as { validationAccuracy: number }[];
    expect(first!.validationAccuracy).toBe(second!.validationAccuracy);
    expect(methods['LP-FT']!.learningRate).not.toBe(1e-8);
    const best = (await of('best')).details as unknown as Details;
    expect(methods['LP-FT']!.learningRate).toBeLessThanOrEqual(best.methods['LP-FT']!.learningRate!);
    expect(methods['LP-FT']!.trials).toEqual(best.methods['LP-FT']!.trials);
  });

  it("starts from the probe's head at the factor that validation asks for, if it is to be calibrated", async () => {
    const { details: found } = await runStage(finetuneStage, {
      study: smallStudy({
        probe: { regularization: { from: -3, to: -3, count: 1 } },
        finetune: {
          ...{ methods: ['LP', 'FT', 'LP-FT'], epochs: 1, learningRates: [1e-12], calibrate: true },
          trajectory: { points: 1 },
        },
      }),
      ...{ folder: join(root, 'calibrated'), inputs },
    });
    const { methods, trajectories } = found as unknown as Details;
    const { headFactor } = methods['LP-FT'] as unknown as { headFactor: number };
    expect(methods.FT).not.toHaveProperty('headFactor');
    // A head of so small a C is too faint.
    expect(headFactor).toBeGreaterThan(2);
    const [probed, tuned] = [await head('LP'), await head('LP-FT')];
    tuned.forEach((value, i) => expect(value).toBeCloseTo(headFactor * probed[i]!, 5));
    expect(trajectories.methods['LP-FT']!.points[0]![trajectoryColumns.indexOf('startCosine')]).toBeCloseTo(1, 6);

    async function head(method: string): Promise<number[]> {
      const parameters = await readParameters(join(root, 'calibrated', `${method}.safetensors`));
      return ['head.weight', 'head.bias'].flatMap((name) => Array.from(parameters[name]!.data));
    }
  });

  it('leaves out a rate that makes features no numbers, and says so where none is left', async () => {
    const of = (learningRates: number[]) =>
      runStage(finetuneStage, {
        study: smallStudy({ finetune: { methods: ['LP', 'FT'], epochs: 3, learningRates, trajectory: { points: 0 } } }),
        ...{ folder: join(root, `rates-${learningRates.length}`), inputs },
      });
    const { methods } = (await of([0.01, 1e30])).details as unknown as Details;
    expect(methods.FT?.learningRate).toBe(0.01);
    expect(methods.FT?.trials).toMatchObject([{ learningRate: 0.01 }, { validationAccuracy: null }]);
    await expect(of([1e30])).rejects.toMatchObject({ code: 'finetune-diverged' });
  });
});
