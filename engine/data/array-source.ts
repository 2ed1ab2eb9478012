import { Cancelled, UserError } from '../errors';
import { shapeText, type NumericArray } from './array';
import { integerLabels } from './labels';
import { createFitter, type ImageShape } from './resize';
import { freeSplit, type DomainSource } from './source';

export interface ArraySourceInput {
  readonly values: NumericArray;
  /** The file that holds the values, for errors. */
  readonly file: string;
  /** The same as the study names it, for the names of samples. */
  readonly shown: string;
  readonly labels?: NumericArray;
  readonly labelsFile?: string;
}

/** Rows between two looks at the signal. */
const batch = 2048;

/**
 * Samples of whole arrays in memory: (n, h, w) and (n, h, w, 1 or 3) are images, (n, d) is features. Throws UserError.
 */
export function arraySource({ values, file, shown, labels, labelsFile = file }: ArraySourceInput): DomainSource {
  const count = values.shape[0] ?? 0;
  if (values.shape.length < 2 || values.shape.length > 4 || values.shape.includes(0)) {
    throw new UserError(
      'values-shape',
      `${file} has the shape (${values.shape.join(', ')}); values must be (n, h, w) or (n, h, w, 3) for images or (n, d) for features, and not empty.`,
      { file },
    );
  }
  const numbers = labels ? integerLabels(labels, labelsFile) : new Int32Array(count).fill(-1);
  if (numbers.length !== count) {
    throw new UserError(
      'labels-length',
      `${file} holds ${count} samples, but ${labelsFile} holds ${numbers.length} labels; both must belong together.`,
      { file: labelsFile },
    );
  }
  const shared = {
    labels: numbers,
    fixed: new Uint8Array(count).fill(freeSplit),
    name: (row: number) => `${shown}#${row}`,
  };
  return values.shape.length === 2
    ? { ...shared, ...featureReader(values, file) }
    : { ...shared, ...imageReader(values, file) };
}

type Reader = Pick<DomainSource, 'kind' | 'shape' | 'read' | 'warnings'>;

function featureReader({ shape, data }: NumericArray, file: string): Reader {
  const width = shape[1]!;
  return {
    kind: 'features',
    shape: [width],
    warnings: [],
    read(rows, { values, first }, { signal, onProgress }) {
      return inBatches(rows, signal, onProgress, (row, i) => {
        for (let column = 0; column < width; column++) {
          const value = Math.fround(data[row * width + column]!);
          if (!Number.isFinite(value)) {
            throw new UserError(
              'values-not-finite',
              `${file} holds ${data[row * width + column]} in row ${row}, column ${column} (counted from 0), which is no finite float32; replace it or remove the row.`,
              { file },
            );
          }
          values[(first + i) * width + column] = value;
        }
      });
    },
  };
}

function imageReader(array: NumericArray, file: string): Reader {
  const [, height = 1, width = 1, channels = 1] = array.shape;
  if (channels !== 1 && channels !== 3) {
    const first = array.shape[1] === 1 || array.shape[1] === 3;
    const hint = first ? '; move the channels to the end, e.g. x.transpose(0, 2, 3, 1)' : '';
    throw new UserError(
      'values-channels',
      `${file} holds images of ${shapeText(array.shape.slice(1))}; the last axis must be 1 (gray) or 3 (red, green, blue)${hint}.`,
      { file },
    );
  }
  const from: ImageShape = { height, width, channels };
  const { pixels, warnings } = toPixels(array, file);
  return {
    kind: 'images',
    shape: [height, width, channels],
    warnings,
    read(rows, target, { signal, onProgress }) {
      const [toHeight = 0, toWidth = 0, toChannels = 1] = target.shape;
      const to: ImageShape = { height: toHeight, width: toWidth, channels: toChannels === 1 ? 1 : 3 };
      const fit = createFitter(from, to);
      const size = height * width * channels;
      const targetSize = toHeight * toWidth * toChannels;
      return inBatches(rows, signal, onProgress, (row, i) =>
        fit(pixels, row * size, target.values as Uint8Array, (target.first + i) * targetSize),
      );
    },
  };
}

/** Images as bytes: floats in 0…1 are stretched to 0…255, other numbers must lie in 0…255. */
function toPixels({ data, shape }: NumericArray, file: string): { pixels: Uint8Array; warnings: string[] } {
  if (data instanceof Uint8Array) return { pixels: data, warnings: [] };
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!(value >= 0 && value <= 255)) {
      const row = Math.floor(i / (data.length / shape[0]!));
      throw new UserError(
        'values-range',
        `${file} holds the pixel ${value} in image ${row} (counted from 0); pixels must be uint8 0…255, or floats in 0…1 or 0…255.`,
        { file },
      );
    }
    if (value > largest) largest = value;
  }
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  const scale = isFloat && largest <= 1 ? 255 : 1;
  const pixels = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) pixels[i] = Math.round(data[i]! * scale);
  const range = scale === 255 ? '0…1, taken as 0…255' : '0…255';
  return {
    pixels,
    warnings: isFloat ? [`The images in ${file} are floats in ${range}; they are rounded to bytes.`] : [],
  };
}

async function inBatches(
  rows: Int32Array,
  signal: AbortSignal | undefined,
  onProgress: ((done: number) => void) | undefined,
  work: (row: number, i: number) => void,
): Promise<void> {
  for (let start = 0; start < rows.length; start += batch) {
    if (signal?.aborted) throw new Cancelled();
    const end = Math.min(rows.length, start + batch);
    for (let i = start; i < end; i++) work(rows[i]!, i);
    onProgress?.(end);
    // Lets the process answer: heartbeats, cancellation.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
