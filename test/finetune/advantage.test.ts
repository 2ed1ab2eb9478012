import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Matrix, solve } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../engine/data/npy';
import { stream } from '../../engine/data/random';
import { writeSafetensors } from '../../engine/data/safetensors';
import { Cancelled, UserError } from '../../engine/errors';
import { predictAdvantage } from '../../engine/finetune/advantage/prediction';
import { proxyDistance } from '../../engine/finetune/distortion/proxy-distance';
import { noisyWeights } from '../../engine/finetune/advantage/quality';
import { advantageStage } from '../../engine/finetune/advantage/stage';
import { cellsOf, tableColumns, tableCsv, type TableRow } from '../../engine/finetune/advantage/table';
import { meanDistance } from '../../engine/finetune/advantage/unit';
import type { StageContext, StageOutput } from '../../engine/run/stage';
import { temporaryFolder } from '../data/temporary';
import { inputsOf, runStage, smallStudy } from './support';

const root = temporaryFolder();

describe('what the map is made of', () => {
  it('noise keeps the scale of weights, and biases and statistics as they are', () => {
    const random = stream(1, 'weights');
    const network = {
      w: { shape: [100, 80], data: Float32Array.from({ length: 8000 }, () => 0.3 * random.normal()) },
      b: { shape: [3], data: Float32Array.of(1, 2, 3) },
      'bn.running_mean': { shape: [1], data: Float32Array.of(4) },
    };
    const rms = (values: ArrayLike<number>) =>
      Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length);
    expect(noisyWeights(network, 0, 5)).toBe(network);
    const noisy = noisyWeights(network, 1, 5);
    expect(noisy.b).toBe(network.b);
    expect(noisy['bn.running_mean']).toBe(network['bn.running_mean']);
    expect(rms(noisy.w!.data) / rms(network.w.data)).toBeCloseTo(1, 1);
    // As much signal as noise: the correlation is 1/√2.
    const product = Array.from(noisy.w!.data, (value, i) => value * network.w.data[i]!).reduce((sum, x) => sum + x, 0);
    expect(product / 8000 / (rms(noisy.w!.data) * rms(network.w.data))).toBeCloseTo(Math.SQRT1_2, 1);
    expect(noisyWeights(network, 1, 5)).toEqual(noisy);
    expect(noisyWeights(network, 1, 6)).not.toEqual(noisy);
  });

  it('the distance of means is in units of the features', () => {
    // Means (1, 2) and (4, 6); norms √(0 + 16) and √(4 + 0): root mean square √10.
    expect(meanDistance(Float32Array.of(0, 4, 2, 0), Float32Array.of(4, 6, 4, 6), 2)).toBeCloseTo(5 / Math.sqrt(10), 6);
  });

  it('the proxy distance is 2 for sets apart, 0 for the same, and that of the best threshold between', async () => {
    const random = stream(3, 'proxy');
    const draw = (n: number, mean: number) => Float32Array.from({ length: n }, () => mean + random.normal());
    const a = draw(4000, 0);
    expect(await proxyDistance(a, draw(4000, 12), 1)).toBe(2);
    expect(await proxyDistance(a, a, 1)).toBe(0);
    // Normal, one deviation apart: the error of the best threshold is Φ(−½) = .30854.
    expect(await proxyDistance(a, draw(4000, 1), 1)).toBeCloseTo(2 * (1 - 2 * 0.30854), 1);
  });

  it('prediction is least squares, and its score is that of cells left out one by one', () => {
    const random = stream(2, 'cells');
    const cells = Array.from({ length: 12 }, () => {
      const [quality, shift] = [random.next(), random.next()];
      return {
        quality,
        shift,
        advantage: 0.1 - 0.2 * quality + 0.05 * shift + 0.4 * quality * shift + 0.03 * random.normal(),
      };
    });
    const row = ({ quality: q, shift: s }: (typeof cells)[number]) => [1, q, s, q * s];
    const fit = (from: typeof cells) =>
      solve(new Matrix(from.map(row)), Matrix.columnVector(from.map(({ advantage }) => advantage)), true).to1DArray();
    const at = (beta: number[], cell: (typeof cells)[number]) => row(cell).reduce((sum, x, i) => sum + x * beta[i]!, 0);
    const found = predictAdvantage(cells)!;
    Object.values(found.coefficients).forEach((value, i) => expect(value).toBeCloseTo(fit(cells)[i]!, 8));
    let [missed, total] = [0, 0];
    cells.forEach((cell, i) => {
      const others = cells.filter((_, j) => j !== i);
      const mean = others.reduce((sum, { advantage }) => sum + advantage, 0) / others.length;
      missed += (cell.advantage - at(fit(others), cell)) ** 2;
      total += (cell.advantage - mean) ** 2;
    });
    expect(found.predicted).toBeCloseTo(1 - missed / total, 8);
    expect(found.explained).toBeGreaterThan(found.predicted);
    expect(predictAdvantage(cells.slice(0, 5))).toBeUndefined();
    expect(predictAdvantage(cells.map((cell) => ({ ...cell, advantage: 0 })))).toBeUndefined();
  });

  it('cells are means over repetitions; names stand in the spreadsheet', () => {
    const row = (seed: number, advantage: number): TableRow =>
      ({ ...Object.fromEntries(tableColumns.map((name) => [name, 0])), seed, advantage, size: NaN }) as TableRow;
    const rows = [row(0, 0.1), row(1, 0.3), row(2, -0.1)];
    const [cell] = cellsOf(rows);
    expect(cell!.mean.advantage).toBeCloseTo(0.1, 12);
    expect(cell!.deviation).toBeCloseTo(0.2, 12);
    expect(cell).toMatchObject({ wins: 2, losses: 1 });
    expect(cellsOf([row(0, 0.1)])[0]!.deviation).toBeNull();
    const [head, first] = tableCsv(rows, ['noise, a'], ['none']).split('\n');
    expect(head!.startsWith('level,shift,quality,size,seed,')).toBe(true);
    expect(first!.startsWith('"noise, a",none,0,,0,')).toBe(true);
  });
});

describe('the advantage stage', () => {
  const study = smallStudy({
    finetune: { epochs: 4, batchSize: 16, learningRates: [0.01, 0.05] },
    advantage: { quality: { kind: 'noise', levels: [0, 2] }, shifts: [{ kind: 'noise', sizes: [1, 3] }], seeds: 2 },
  });
  const folder = join(root, 'advantage');
  let inputs: StageContext['inputs'];
  let output: StageOutput;
  interface Details {
    levels: { name: string }[];
    shifts: { name: string; samples: number }[];
    columns: string[];
    table: (number | null)[][];
  }
  let details: Details;

  beforeAll(async () => {
    inputs = await inputsOf(root, study);
    output = await runStage(advantageStage, { study, folder, inputs });
    details = output.details as unknown as Details;
  }, 60_000);

  it('measures every level, shift and repetition', async () => {
    expect(details.levels.map(({ name }) => name)).toEqual(['weight noise 0', 'weight noise 2']);
    expect(details.shifts.map(({ name }) => name)).toEqual(['none', 'noise 1', 'noise 3', 'there']);
    expect(details.table).toHaveLength(2 * 4 * 2);
    const of = (row: (number | null)[], name: (typeof tableColumns)[number]) => row[details.columns.indexOf(name)]!;
    for (const row of details.table) {
      expect(of(row, 'advantage')).toBeCloseTo(of(row, 'accuracyLPFT') - of(row, 'accuracyFT'), 12);
      if (of(row, 'shift') === 0) {
        expect(of(row, 'shiftMove')).toBe(0);
        expect(of(row, 'shiftDistance')).toBe(0);
        expect(of(row, 'meanDistance')).toBe(0);
        expect(of(row, 'probeID')).toBe(of(row, 'accuracyLP'));
      } else expect(of(row, 'meanDistance')).toBeGreaterThan(0);
    }
    const mean = (shift: number, name: 'shiftMove' | 'accuracyLP') => {
      const rows = details.table.filter((row) => of(row, 'shift') === shift);
      return rows.reduce((sum, row) => sum + of(row, name), 0) / rows.length;
    };
    expect(mean(2, 'shiftMove')).toBeGreaterThan(mean(1, 'shiftMove'));
    expect(mean(2, 'accuracyLP')).toBeLessThan(mean(0, 'accuracyLP'));

    const map = await readNpy(join(folder, 'advantage.npy'));
    expect(map.shape).toEqual([2, 4, 2]);
    details.table.forEach((row) => {
      const place = (of(row, 'level') * 4 + of(row, 'shift')) * 2 + of(row, 'seed');
      expect(map.data[place]).toBe(of(row, 'advantage'));
    });
    expect(readFileSync(join(folder, 'table.csv'), 'utf8').trim().split('\n')).toHaveLength(17);
    const cells = output.figures.filter(({ id }) => id === 'advantage.difference');
    expect(cells).toHaveLength(8);
    expect(existsSync(join(folder, 'units'))).toBe(false);
  });

  it('loses nothing that was done when it is stopped', async () => {
    const stop = new AbortController();
    const again = join(root, 'again');
    const report = {
      metric: (_name: string, step: number) => {
        if (step === 2) stop.abort();
      },
      progress: () => undefined,
      log: () => undefined,
    };
    const context = { study, folder: again, inputs };
    await expect(runStage(advantageStage, { ...context, report, signal: stop.signal })).rejects.toThrow(Cancelled);
    const units: number[] = [];
    const resumed = await runStage(advantageStage, {
      ...context,
      report: { ...report, metric: (_name, step) => units.push(step) },
    });
    expect(units).toEqual([3, 4]);
    expect(resumed).toEqual(output);
  });

  it('takes networks of earlier epochs, before pretraining among them', async () => {
    const epochs = smallStudy({
      pretrain: { epochs: 3 },
      finetune: { epochs: 1, batchSize: 16, learningRates: [0.01] },
      advantage: { quality: { kind: 'epochs', epochs: [0, 2] }, shifts: [], seeds: 1, target: false },
    });
    const context = { study: epochs, folder: join(root, 'epochs'), inputs };
    await expect(runStage(advantageStage, context)).rejects.toThrow(/encoder-epoch-2.safetensors is missing/);
    const { readEncoder } = await import('../../engine/finetune/open');
    const network = await readEncoder(join(inputs.pretrain!, 'encoder.safetensors'));
    await writeSafetensors(join(inputs.pretrain!, 'encoder-epoch-2.safetensors'), network);
    const found = await runStage(advantageStage, context);
    expect((found.details as unknown as Details).levels.map(({ name }) => name)).toEqual(['epoch 2', 'epoch 0']);
  });

  it('says which shifts have no meaning for the samples', async () => {
    const rotated = smallStudy({ advantage: { shifts: [{ kind: 'rotation', sizes: [30] }] } });
    const error = await runStage(advantageStage, { study: rotated, folder: join(root, 'x'), inputs }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/"rotation" is for images, but the samples are feature vectors; choose "noise"/);
  });
});
