import { type ImageShift, shiftImages } from '../../augment/shift';
import { featureStatistics } from '../../augment/vector-augmenter';
import { type Dataset, isImage, sampleSize } from '../../data/dataset';
import { stream } from '../../data/random';
import { UserError } from '../../errors';
import type { Protocol } from '../../probe';
import type { AdvantageBlock, ShiftKind } from '../../study/schema';
import { evenly } from '../setting';

/** One column of the map: samples that stand for a shift. */
export interface Column {
  /** `none`, `rotation 30°`, or the target domain's name. */
  readonly name: string;
  readonly kind: ShiftKind | 'none' | 'domain';
  /** In the kind's own units; null for a domain. */
  readonly size: number | null;
  /** Rows of the dataset that are measured. */
  readonly rows: Int32Array;
}

const units: Record<ShiftKind, (size: number) => string> = {
  rotation: (size) => `rotation ${size}°`,
  noise: (size) => `noise ${size}`,
  blur: (size) => `blur ${size}`,
  contrast: (size) => `contrast −${Number((100 * size).toPrecision(3))} %`,
  negative: (size) => `negative ${size}`,
  hue: (size) => `hue ${size}`,
};

/** A change of place, of texture and of colour, each small and large. */
const imageShifts: NonNullable<AdvantageBlock['shifts']> = [
  { kind: 'rotation', sizes: [15, 45] },
  { kind: 'noise', sizes: [0.1, 0.3] },
  { kind: 'negative', sizes: [0.4, 1] },
];
const vectorShifts: typeof imageShifts = [{ kind: 'noise', sizes: [0.5, 1, 2] }];

/** The map's columns: no shift, the study's shifts by size, the target. Throws UserError where a shift has no meaning. */
export function columnsOf(
  { shifts, target, samples }: AdvantageBlock,
  dataset: Pick<Dataset, 'sampleShape'>,
  protocol: Protocol,
): Column[] {
  const image = isImage(dataset);
  const id = protocol.tests.find(({ shift }) => shift === 'ID');
  const ood = protocol.tests.find(({ shift }) => shift === 'OOD');
  if (!id)
    throw new UserError(
      'advantage-tests',
      `The domain "${protocol.source}" has no labelled test sample to measure the map on; raise data.split.test.`,
    );
  const wanted = shifts ?? (image ? imageShifts : vectorShifts);
  const rows = evenly(id.rows, samples);
  const changed = wanted.flatMap(({ kind, sizes }): Column[] => {
    if (!image && kind !== 'noise')
      throw new UserError(
        'advantage-shift',
        `The shift "${kind}" is for images, but the samples are feature vectors; choose "noise".`,
      );
    if (kind === 'hue' && dataset.sampleShape[2] !== 3)
      throw new UserError(
        'advantage-shift',
        'The shift "hue" needs images with colours; choose "negative" for gray ones.',
      );
    return [...sizes].sort((a, b) => a - b).map((size) => ({ name: units[kind](size), kind, size, rows }));
  });
  return [
    { name: 'none', kind: 'none', size: 0, rows },
    ...changed,
    ...(target && ood
      ? [{ name: ood.domain, kind: 'domain' as const, size: null, rows: evenly(ood.rows, samples) }]
      : []),
  ];
}

/** A column's samples, in the order of its rows. Noise is the same for every network. */
export function samplesOf(
  { kind, size, rows }: Column,
  dataset: Pick<Dataset, 'values' | 'sampleShape'>,
  seed: number,
): Pick<Dataset, 'values' | 'sampleShape'> {
  const { values, sampleShape } = dataset;
  const width = sampleSize(dataset);
  const random = (row: number) => stream(seed, 'advantage', 'shift', kind, row);
  if (kind === 'none' || kind === 'domain' || size === null) {
    const out =
      values instanceof Uint8Array ? new Uint8Array(rows.length * width) : new Float32Array(rows.length * width);
    rows.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
    return { values: out, sampleShape };
  }
  if (values instanceof Uint8Array)
    return { values: shiftImages(values, sampleShape, rows, { kind, size } satisfies ImageShift, random), sampleShape };
  const { deviation } = featureStatistics(values, rows, width);
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    const noise = random(row);
    for (let j = 0; j < width; j++)
      out[i * width + j] = values[row * width + j]! + size * deviation[j]! * noise.normal();
  });
  return { values: out, sampleShape };
}
