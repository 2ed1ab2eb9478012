import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readNpy } from '../engine/data/npy';
import { stream } from '../engine/data/random';
import { accuracy, fitHead, logspace, predict, type FittedHead, type LabelledFeatures } from '../engine/probe';
import { expected, importedFineTuning } from './finetune/studies';
import type { BenchFigure, BenchFlags, BenchResult } from './support/contract';
import { importedProbe } from './support/imported-probe';
import { runPython } from './support/python';

/** scikit-learn on standardised features, cold and along a warm-started path, as its users write it. */
const sklearn = `
import json, sys, time, warnings
import numpy as np
from sklearn.linear_model import LogisticRegression
warnings.filterwarnings('ignore')
job = json.load(sys.stdin)
X = np.load(job['x']).astype(np.float64)[job['rows']]
y = np.load(job['y']).astype(np.int64)[job['rows']]
V = np.load(job['x']).astype(np.float64)[job['validation']]
v = np.load(job['y']).astype(np.int64)[job['validation']]
mean, std = X.mean(), X.std()
X, V = (X - mean) / std, (V - mean) / std
def objective(model, C):
    Z = X @ model.coef_.T + model.intercept_
    Z -= Z.max(1, keepdims=True)
    loss = np.log(np.exp(Z).sum(1)) - Z[np.arange(len(y)), y]
    return .5 * (model.coef_ ** 2).sum() + C * loss.sum()
def path(**options):
    model = LogisticRegression(max_iter=100000, multi_class='multinomial', **options)
    seconds, cpu, objectives = 0, 0, []
    for C in job['Cs']:
        started, worked = time.perf_counter(), time.process_time()
        model.set_params(C=C).fit(X, y)
        model.score(V, v)
        seconds += time.perf_counter() - started
        cpu += time.process_time() - worked
        objectives.append(objective(model, C))
    return dict(seconds=seconds, cpu=cpu, objectives=objectives)
print(json.dumps(dict(warm=path(solver='lbfgs', tol=1e-6, warm_start=True)) if job['brief'] else dict(
    cold=path(solver='lbfgs', tol=1e-6),
    warm=path(solver='lbfgs', tol=1e-6, warm_start=True),
    exact=path(solver='newton-cg', tol=1e-6, warm_start=True),
)))
`;

interface SklearnPath {
  seconds: number;
  cpu: number;
  objectives: number[];
}

interface Options {
  readonly data: string;
  readonly repeats: number;
  readonly seeds: readonly number[];
  readonly workspace?: string;
}

const parts: Readonly<Record<string, (options: Options) => Promise<BenchFigure[]>>> = {
  solver: ({ data, repeats }) => office(data, repeats),
  wide: () => madeUp(10_000, 256),
  probe: ({ data, seeds }) => importedProbe(data, seeds),
  pacs: ({ seeds, workspace }) => importedFineTuning(expected[0]!, seeds, workspace),
  office: ({ seeds, workspace }) => importedFineTuning(expected[1]!, seeds, workspace),
};

/**
 * solver: the linear probe against scikit-learn on the same features and 50 values of C, in one run, and its accuracies
 * on Office's features. wide: the probe on larger made-up features. probe: on an imported MobileNet's features of real
 * images. pacs, office: LP, FT and LP-FT from that network. Flags: --only solver,pacs; --seeds 0,1,2; --workspace FOLDER
 * keeps what is computed; --data FOLDER (default ../shared/data); --repeats 3.
 */
export async function run(flags: BenchFlags): Promise<BenchResult> {
  const text = (name: string): string | undefined => (typeof flags[name] === 'string' ? flags[name] : undefined);
  const options: Options = {
    data: resolve(text('data') ?? process.env['EIGENPROBE_DATA'] ?? '../shared/data'),
    repeats: Number(text('repeats') ?? 3),
    seeds: (text('seeds') ?? '0,1,2').split(',').map(Number),
    workspace: text('workspace'),
  };
  const figures: BenchFigure[] = [];
  for (const name of text('only')?.split(',') ?? Object.keys(parts)) {
    const part = parts[name];
    if (!part) throw new Error(`There is no part "${name}"; the parts are ${Object.keys(parts).join(', ')}.`);
    figures.push(...(await part(options)));
  }
  return { figures };
}

async function office(data: string, repeats: number): Promise<BenchFigure[]> {
  const [x, y] = ['x', 'y'].map((part) => resolve(data, `office/amazon_${part}.npy`)) as [string, string];
  if (!existsSync(x)) throw new Error(`${x} is absent; name the data's folder with --data.`);
  const amazon = await read(x, y);
  const webcam = await read(x.replace('amazon', 'webcam'), y.replace('amazon', 'webcam'));
  const all = [...amazon.labels.keys()];
  /** The splits of one of five folds: a fifth to choose C on, the next fifth to measure on. */
  const split = (fold: number) => {
    const of = (wanted: (part: number) => boolean): number[] => all.filter((i) => wanted((i - fold + 5) % 5));
    return { validation: of((part) => part === 0), test: of((part) => part === 1), train: of((part) => part > 1) };
  };
  const rows = split(0);
  const [train, validation] = [pick(amazon, rows.train), pick(amazon, rows.validation)];
  const Cs = logspace(-7, 2, 50);

  let head: FittedHead | undefined;
  let [seconds, cpu] = [Infinity, Infinity];
  for (let i = 0; i < repeats; i++) {
    const [started, worked] = [performance.now(), process.cpuUsage()];
    head = await fitHead({ train, validation, classes: 10, Cs });
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
    const { user, system } = process.cpuUsage(worked);
    cpu = Math.min(cpu, (user + system) / 1e6);
  }
  const { path } = head!;
  const accuracies: { ID: number; OOD: number }[] = [];
  for (let fold = 0; fold < 5; fold++) {
    const { train, validation, test } = split(fold);
    const [trained, chosen, measured] = [train, validation, test].map((part) => pick(amazon, part));
    const fitted = await fitHead({ train: trained!, validation: chosen!, classes: 10, Cs });
    const reach = (set: LabelledFeatures): number => accuracy(predict(fitted, set), set.labels);
    accuracies.push({ ID: reach(measured!), OOD: reach(webcam) });
  }
  const meanOver = (shift: 'ID' | 'OOD'): number => accuracies.reduce((sum, one) => sum + one[shift], 0) / 5;
  const job = { x, y, rows: rows.train, validation: rows.validation, Cs };
  const peers = (await runPython(sklearn, { ...job, brief: false })) as Record<'cold' | 'warm' | 'exact', SklearnPath>;
  // On a busy machine its threads wait for each other; time on one processor says the same anywhere.
  const alone = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };
  const { warm: single } = (await runPython(sklearn, { ...job, brief: true }, undefined, alone)) as {
    warm: SklearnPath;
  };
  const worst = (theirs: SklearnPath) =>
    Math.max(...path.map(({ objective }, i) => objective / theirs.objectives[i]! - 1));
  const own = (theirs: SklearnPath) =>
    Math.max(
      ...theirs.objectives.map((value, i) => value / Math.min(path[i]!.objective, peers.exact.objectives[i]!) - 1),
    );
  return [
    { name: 'probe, 50 C, Office features', value: seconds, unit: 's', better: 'lower' },
    {
      name: 'objective above scikit-learn newton-cg, largest',
      value: worst(peers.exact),
      unit: 'relative',
      target: 1e-6,
      better: 'lower',
    },
    { name: 'time / scikit-learn lbfgs', value: seconds / peers.cold.seconds, unit: '×', target: 0.1, better: 'lower' },
    {
      name: 'time / scikit-learn lbfgs, warm start',
      value: seconds / peers.warm.seconds,
      unit: '×',
      target: 0.1,
      better: 'lower',
    },
    {
      name: 'time / scikit-learn newton-cg, warm start',
      value: seconds / peers.exact.seconds,
      unit: '×',
      target: 0.1,
      better: 'lower',
    },
    {
      name: 'processor time / one-threaded lbfgs, warm start',
      value: cpu / single.cpu,
      unit: '×',
      target: 0.1,
      better: 'lower',
    },
    { name: 'scikit-learn lbfgs', value: peers.cold.seconds, unit: 's', better: 'lower' },
    { name: 'its objective above the best, largest', value: own(peers.cold), unit: 'relative', better: 'lower' },
    { name: 'scikit-learn lbfgs, warm start', value: peers.warm.seconds, unit: 's', better: 'lower' },
    { name: 'its objective above the best, largest', value: own(peers.warm), unit: 'relative', better: 'lower' },
    {
      name: 'probe accuracy, amazon (ID), mean of five folds',
      value: meanOver('ID'),
      unit: 'fraction',
      target: 0.938,
      better: 'higher',
    },
    {
      name: 'probe accuracy, webcam (OOD), mean of five folds',
      value: meanOver('OOD'),
      unit: 'fraction',
      target: 0.617,
      better: 'higher',
    },
  ];
}

/** n × d rectified normal features of ten overlapping classes, their sizes falling off as those of networks do. */
async function madeUp(n: number, d: number): Promise<BenchFigure[]> {
  const random = stream(1, 'bench-probe');
  const means = Float32Array.from({ length: 10 * d }, () => 0.25 * random.normal());
  const labels = Int32Array.from({ length: n }, (_, i) => i % 10);
  const features = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    const common = random.normal();
    for (let j = 0; j < d; j++) {
      const value = means[labels[i]! * d + j]! + random.normal() + common;
      features[i * d + j] = Math.max(0, (4 * value) / Math.sqrt(1 + j));
    }
  }
  const train = { features, n, d, labels };
  const validation = pick(
    train,
    [...labels.keys()].filter((i) => i % 7 === 0),
  );
  const started = performance.now();
  await fitHead({ train, validation, classes: 10, Cs: logspace(-7, 2, 50) });
  return [
    { name: `probe, 50 C, ${n} × ${d}`, value: (performance.now() - started) / 1000, unit: 's', better: 'lower' },
  ];
}

async function read(x: string, y: string): Promise<LabelledFeatures> {
  const [values, labels] = await Promise.all([readNpy(x), readNpy(y)]);
  const [n, d] = values.shape as [number, number];
  return { features: values.data as Float32Array, n, d, labels: Int32Array.from(labels.data) };
}

function pick({ features, d, labels }: LabelledFeatures, rows: number[]): LabelledFeatures {
  const kept = new Float32Array(rows.length * d);
  rows.forEach((row, i) => kept.set(features.subarray(row * d, (row + 1) * d), i * d));
  return { features: kept, n: rows.length, d, labels: Int32Array.from(rows, (row) => labels[row]!) };
}
