import {
  fitHead,
  gridOf,
  type LabelledFeatures,
  type LinearHead,
  logits,
  type Protocol,
  regularizationOf,
} from '../probe';
import { largest } from '../probe/head';
import type { StageContext } from '../run/stage';
import type { HeadOptions, Representation } from './representations';
import { openViewFeatures, type ViewFeatures } from './view-features';

/**
 * What the majority of a sample's views are taken for, which is how the theory of contrastive learning defines the
 * prediction of a linear head (HaoChen et al. 2021, argmax_i Pr[g(x) = i] over views x of the sample). The head learns
 * from views as well, unless it came with the network. Rows outside the protocol's tests are −1.
 */
export async function votedPredictions(
  context: StageContext,
  representation: Representation,
  protocol: Protocol,
  options: HeadOptions,
): Promise<[Int32Array, Record<string, unknown>]> {
  const views = await openViewFeatures(context, representation, options);
  try {
    return await vote(views, context, representation, protocol, options);
  } finally {
    await views.dispose();
  }
}

async function vote(
  views: ViewFeatures,
  { study, report, signal }: StageContext,
  representation: Representation,
  protocol: Protocol,
  { dataset, label }: HeadOptions,
): Promise<[Int32Array, Record<string, unknown>]> {
  const { voting } = study.transfer!;
  const classes = dataset.classNames.length;
  const learned = representation.classifier ? 0 : voting.trainingViews;
  let done = 0;
  const look = async (view: number, rows: Int32Array): Promise<LabelledFeatures> => {
    report.progress(done++, 2 * learned + voting.votes, `${label}: views`);
    return views.of(view, rows);
  };
  const several = async (rows: Int32Array): Promise<LabelledFeatures> => {
    const looks: LabelledFeatures[] = [];
    for (let view = 0; view < learned; view++) looks.push(await look(view, rows));
    return stacked(looks);
  };

  let head: LinearHead | undefined = representation.classifier;
  let details = {};
  if (!head) {
    const fitted = await fitHead({
      ...{ train: await several(protocol.train), validation: await several(protocol.validation) },
      ...{ ...gridOf(regularizationOf(study)), classes, signal },
      progress: (now, total) => report.progress(now, total, `${label}: linear head on views`),
    });
    head = fitted;
    details = { C: fitted.C, validationAccuracy: fitted.validationAccuracy };
  }

  const rows = Int32Array.from(protocol.tests.flatMap((test) => [...test.rows]));
  const election = new Election(rows.length, classes);
  for (let view = 0; view < voting.votes; view++) election.add(logits(head, await look(view, rows)));
  const predictions = new Int32Array(dataset.labels.length).fill(-1);
  election.winners().forEach((winner, i) => (predictions[rows[i]!] = winner));
  return [predictions, { ...details, votes: voting.votes }];
}

/** Counts votes for classes; where two have as many, the one with the larger mean probability wins. */
export class Election {
  private readonly votes: Float64Array;
  private readonly probabilities: Float64Array;
  private views = 0;

  constructor(
    private readonly samples: number,
    private readonly classes: number,
  ) {
    this.votes = new Float64Array(samples * classes);
    this.probabilities = new Float64Array(samples * classes);
  }

  /** One view of each sample. scores: samples × classes. */
  add(scores: Float64Array): void {
    const { samples, classes, votes, probabilities } = this;
    this.views++;
    largest(scores, samples, classes).forEach((winner, i) => votes[i * classes + winner]!++);
    for (let start = 0; start < scores.length; start += classes) {
      const row = scores.subarray(start, start + classes);
      const top = Math.max(...row);
      const shares = row.map((score) => Math.exp(score - top));
      const sum = shares.reduce((total, share) => total + share, 0);
      shares.forEach((share, k) => (probabilities[start + k]! += share / sum));
    }
  }

  winners(): Int32Array {
    const { samples, classes, votes, probabilities, views } = this;
    // Mean probabilities differ by less than one vote.
    return largest(
      votes.map((count, at) => count + probabilities[at]! / (views + 1)),
      samples,
      classes,
    );
  }
}

function stacked(parts: readonly LabelledFeatures[]): LabelledFeatures {
  const { n, d, labels } = parts[0]!;
  const features = new Float32Array(parts.length * n * d);
  const all = new Int32Array(parts.length * n);
  parts.forEach((part, i) => {
    features.set(part.features, i * n * d);
    all.set(labels, i * n);
  });
  return { features, n: parts.length * n, d, labels: all };
}
