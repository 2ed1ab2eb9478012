import { extract } from '../../model/extract';
import type { Parameters } from '../../model/parameters';
import type { LinearHead, TestSet } from '../../probe';
import { evenly, type Setting } from '../setting';
import { type HeadAlignment, headAlignment } from './head';
import { layerDistortion, type LayerDistortion, samplesOf } from './layers';
import { anglesOfFunctions, featureSubspace, principalAngles, shareInSpan, type Subspace } from './subspace';

/** One test set's part of the samples that are compared in full. */
interface Part extends Pick<TestSet, 'shift' | 'domain'> {
  readonly from: number;
  readonly count: number;
}

/** The part of an array, samples × width, that belongs to one test set. */
function partOf(array: Float32Array, { from, count }: Part, samples: number): Float32Array {
  const width = array.length / samples;
  return array.subarray(from * width, (from + count) * width);
}

/** What networks are compared with: the pretrained one's activations on a bounded number of test samples. */
export interface Reference {
  /** Names, the features last. */
  readonly layers: readonly string[];
  /** Of the dataset. */
  readonly rows: Int32Array;
  readonly parts: readonly Part[];
  /** For each layer, samples × channels. */
  readonly before: readonly Float32Array[];
  /** Leading directions of the pretrained features of the source's training samples. */
  readonly span: Subspace;
  /** For each part, the subspace of its features before, of as many directions as the span. */
  readonly subspaces: readonly Subspace[];
}

/** Of features, how subspaces lie to those before. */
export interface SubspaceDistortion {
  /** Directions that hold the study's share of the energy before. */
  readonly dimensions: number;
  /** Principal angles between feature subspaces of that many dimensions, radians, ascending: what a fixed head sees. */
  readonly angles: readonly number[];
  /** The same between subspaces of functions on the samples: what no new head could undo. */
  readonly functionAngles: readonly number[];
  /** Share of the moves within the span of the source's pretrained training features; null where nothing moved. */
  readonly shareInSpan: number | null;
  /** What moves in random directions would have. */
  readonly shareByChance: number;
}

export interface MethodDistortion {
  readonly layers: Readonly<Record<string, Partial<Record<'ID' | 'OOD', LayerDistortion>>>>;
  readonly subspace: Partial<Record<'ID' | 'OOD', SubspaceDistortion>>;
  /** How the head lies to the linear probe's and to the one that training started from. */
  readonly head: { readonly toProbe: HeadAlignment; readonly toStart: HeadAlignment };
}

/** @param trainingFeatures pretrained features of the source's training samples, count × d */
export async function referenceOf(
  setting: Setting,
  network: Parameters,
  training: { readonly features: Float32Array; readonly count: number },
): Promise<Reference> {
  const { samples, layers: most, energy } = setting.settings.distortion;
  let from = 0;
  const chosen = setting.protocol.tests.map(({ shift, domain, rows }) => {
    const own = evenly(rows, samples);
    const part = { shift, domain, from, count: own.length };
    from += own.length;
    return { own, part };
  });
  const rows = Int32Array.from(chosen.flatMap(({ own }) => [...own]));
  const inner = setting.blocks.slice(0, -1).map(({ name }) => name);
  const kept = Math.min(inner.length, most - 1);
  // Evenly through the network, the last of them near its end.
  const layers = Array.from({ length: kept }, (_, i) => inner[Math.floor(((i + 1) * inner.length) / kept) - 1]!);
  const before = await activations(setting, network, rows, layers);
  const span = featureSubspace(training.features, training.count, { energy });
  const parts = chosen.map(({ part }) => part);
  const subspaces = parts.map((part) =>
    featureSubspace(partOf(before.at(-1)!, part, rows.length), part.count, { count: span.count }),
  );
  return { layers: [...layers, 'features'], rows, parts, before, span, subspaces };
}

/** Pooled activations of each layer, the features last, samples × channels. */
export async function activations(
  { device, encoder, dataset, signal }: Setting,
  parameters: Parameters,
  rows: Int32Array,
  layers: readonly string[],
): Promise<Float32Array[]> {
  const found = await extract({ device, encoder, parameters, dataset, rows, signal, layers, frozen: false });
  return [...found.layers, found.features];
}

/** Everything that is measured of one network against the pretrained one, and the array of single samples. */
export function measureDistortion(
  { rows, parts, layers, before, span, subspaces: spaces }: Reference,
  after: readonly Float32Array[],
  head: LinearHead,
  heads: { readonly probe: LinearHead; readonly start: LinearHead },
): { distortion: MethodDistortion; samples: { shape: number[]; data: Float32Array } } {
  const m = rows.length;
  const of = (array: Float32Array, part: Part): Float32Array => partOf(array, part, m);
  const byLayer: Record<string, Partial<Record<'ID' | 'OOD', LayerDistortion>>> = {};
  const data = new Float32Array(3 * layers.length * m);
  layers.forEach((name, i) => {
    byLayer[name] = {};
    for (const part of parts) {
      const [x, y] = [of(before[i]!, part), of(after[i]!, part)];
      byLayer[name][part.shift] = layerDistortion(x, y, part.count);
      samplesOf(x, y, part.count).forEach((values, measure) =>
        data.set(values, (measure * layers.length + i) * m + part.from),
      );
    }
  });
  const subspace: MethodDistortion['subspace'] = {};
  parts.forEach((part, i) => {
    const [x, y] = [of(before.at(-1)!, part), of(after.at(-1)!, part)];
    subspace[part.shift] = compareSubspaces(x, y, part.count, spaces[i]!, span);
  });
  const classes = head.bias.length;
  const toProbe = headAlignment(head.weights, heads.probe.weights, classes);
  const toStart = headAlignment(head.weights, heads.start.weights, classes);
  return {
    distortion: { layers: byLayer, subspace, head: { toProbe, toStart } },
    samples: { shape: [3, layers.length, m], data },
  };
}

/** @param a subspace of the features before */
function compareSubspaces(
  before: Float32Array,
  after: Float32Array,
  n: number,
  a: Subspace,
  span: Subspace,
): SubspaceDistortion {
  const b = featureSubspace(after, n, { count: a.count });
  const { share, byChance } = shareInSpan(before, after, span);
  return {
    dimensions: a.count,
    angles: principalAngles(a, b),
    functionAngles: anglesOfFunctions(before, after, n, a, b),
    shareInSpan: Number.isFinite(share) ? share : null,
    shareByChance: byChance,
  };
}
