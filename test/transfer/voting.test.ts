import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { augmenterOptions, createAugmenter } from '../../engine/augment/augmenter';
import { select } from '../../engine/data/dataset';
import { readNpy } from '../../engine/data/npy';
import { stream } from '../../engine/data/random';
import { fitHead, logspace } from '../../engine/probe';
import { crossCheck } from '../../engine/study/cross-checks';
import { type Study, studySchema, type StudyInput } from '../../engine/study/schema';
import { Election } from '../../engine/transfer/voting';
import { temporaryFolder } from '../data/temporary';
import { overlappingClasses } from './overlapping-classes';
import { runOn } from './run-dataset';

const home = temporaryFolder();
const dataset = overlappingClasses();
const n = dataset.labels.length;
const d = 4;
const classes = dataset.classNames.length;

function study(transfer: StudyInput['transfer'], more: Partial<StudyInput> = {}): Study {
  return studySchema.parse({
    name: 'Voting',
    seed: 6,
    data: { folder: 'unused', source: 'here', target: 'there' },
    probe: { regularization: { count: 5 } },
    transfer: { distinguishability: false, ...transfer },
    ...more,
  } satisfies StudyInput);
}

async function run(name: string, asked: Study) {
  const { stages, results } = await runOn(join(home, name), dataset, asked);
  const predictions = async (method: string): Promise<number[]> =>
    Array.from((await readNpy(join(stages, 'transfer', `predictions-${method}.npy`))).data, Number);
  return { results, predictions };
}

describe('an election', () => {
  it('is won by the class of most views, of equals by the likelier one', () => {
    const election = new Election(3, 3);
    const certain = (k: number): number[] => [0, 1, 2].map((i) => (i === k ? 50 : 0));
    // A narrow majority beats one certain view; one vote each goes by probability; of equals in both the first wins.
    election.add(Float64Array.from([...certain(2), ...[0, 3, 1], ...certain(1)]));
    election.add(Float64Array.from([...[0.1, 0, 0], ...[0, 1, 2], ...certain(0)]));
    election.add(Float64Array.from([...[0.1, 0, 0], ...[5, 0, 0], ...[1e4, 1e4, -1e4]]));
    expect([...election.winners()]).toEqual([0, 0, 0]);
  });

  it('counts what brute force counts', () => {
    const random = stream(8, 'election');
    const [samples, views] = [200, 7];
    const scores = Array.from({ length: views }, () =>
      Float64Array.from({ length: samples * 4 }, () => 3 * random.normal()),
    );
    const election = new Election(samples, 4);
    scores.forEach((view) => election.add(view));
    const expected = Array.from({ length: samples }, (_, i) => {
      const rows = scores.map((view) => [...view.subarray(4 * i, 4 * i + 4)]);
      const votes = [0, 1, 2, 3].map((k) => rows.filter((row) => row.indexOf(Math.max(...row)) === k).length);
      const likely = [0, 1, 2, 3].map((k) =>
        rows.reduce((sum, row) => sum + Math.exp(row[k]!) / row.reduce((total, z) => total + Math.exp(z), 0), 0),
      );
      return [0, 1, 2, 3].sort((a, b) => votes[b]! - votes[a]! || likely[b]! - likely[a]!)[0];
    });
    expect([...election.winners()]).toEqual(expected);
  });
});

describe('the head "voting"', () => {
  it('learns from views and predicts by the majority of views, as counted by hand', async () => {
    const asked = study(
      { heads: ['linear', 'voting'], voting: { trainingViews: 2, votes: 9, augmentation: 'vector-mix' } },
      { encoder: { architecture: 'identity' } },
    );
    const { results, predictions } = await run('by hand', asked);

    const both = select(dataset, { split: 'train' });
    const options = augmenterOptions('vector-mix', dataset.values, both, d);
    const augmenter = createAugmenter('vector-mix', [d], options);
    const view = (number: number, row: number): Float32Array => {
      const out = new Float32Array(d);
      augmenter.apply(dataset.values, row, stream(6, 'vote', number, row), out, 0);
      return out;
    };
    const labelled = (domain: number, split: 'train' | 'validation' | 'test'): number[] =>
      [...select(dataset, { domain, split })].filter((row) => dataset.labels[row]! >= 0);
    const twice = (rows: number[]) => ({
      features: Float32Array.from([0, 1].flatMap((number) => rows.flatMap((row) => [...view(number, row)]))),
      ...{ n: 2 * rows.length, d, labels: Int32Array.from([...rows, ...rows], (row) => dataset.labels[row]!) },
    });
    const head = await fitHead({
      ...{ train: twice(labelled(0, 'train')), validation: twice(labelled(0, 'validation')), classes },
      ...{ Cs: logspace(-7, 2, 5) },
    });
    const tests = [...labelled(0, 'test'), ...labelled(1, 'test')];
    const found = await predictions('encoder-voting');
    for (let row = 0; row < n; row++) {
      if (!tests.includes(row)) {
        expect(found[row]).toBe(-1);
        continue;
      }
      const votes = [0, 0, 0];
      for (let number = 0; number < 9; number++) {
        const x = view(number, row);
        const scores = [0, 1, 2].map((k) =>
          x.reduce((sum, value, j) => sum + value * head.weights[k * d + j]!, head.bias[k]!),
        );
        votes[scores.indexOf(Math.max(...scores))]!++;
      }
      const most = votes.filter((count) => count === Math.max(...votes));
      if (most.length === 1) expect(found[row], `row ${row}`).toBe(votes.indexOf(most[0]!));
    }
    const accuracies = results.figures.filter(({ id }) => id === 'transfer.accuracy');
    expect(accuracies.map(({ method, shift }) => `${method} ${shift}`)).toEqual([
      ...['encoder ID', 'encoder OOD', 'encoder, voting ID', 'encoder, voting OOD'],
    ]);
    expect(found).not.toEqual(await predictions('encoder'));
  });

  describe('beside networks with a classifier', () => {
    let trained: Awaited<ReturnType<typeof run>>;
    beforeAll(async () => {
      trained = await run(
        'classifier',
        study(
          {
            ...{ methods: ['source-only'], heads: ['voting', 'linear'], space: 'embedding' },
            ...{ voting: { augmentation: 'none', votes: 3 }, sourceOnly: { epochs: 2, batchSize: 16 } },
          },
          {
            encoder: { architecture: 'mlp', width: 2, features: 8 },
            pretrain: { epochs: 2, batchSize: 16, augmentation: 'vector', projection: { hidden: 8, output: 4 } },
          },
        ),
      );
    });

    it('lets them vote, and agrees with them where views are the samples', async () => {
      const voted = await trained.predictions('source-only');
      const plain = await trained.predictions('source-only-linear');
      expect(voted.filter((label) => label >= 0).length).toBeGreaterThan(40);
      voted.forEach((label, row) => expect(label < 0 ? plain[row] : label, `row ${row}`).toBe(plain[row]));
    });

    it('stands for the method where it comes first', () => {
      const methods = trained.results.figures.filter(({ id, shift }) => id === 'transfer.accuracy' && shift === 'OOD');
      expect(methods.map(({ method }) => method)).toEqual([
        ...['spectral', 'spectral, linear', 'source-only', 'source-only, linear'],
      ]);
    });
  });

  it('asks for an augmentation where no pretraining has one', () => {
    const without = study({ heads: ['voting'] }, { encoder: { architecture: 'identity' } });
    expect(crossCheck(without).map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['transfer.heads', expect.stringContaining('add "augmentation" to transfer.voting')],
    ]);
    expect(crossCheck(study({ heads: ['voting'] }, { pretrain: {} }))).toEqual([]);
  });
});
