import type { PathAnswer, ProjectionAnswer, ProjectionMethod, ProjectionSpace } from '../../engine/query/answers';
import type { EmbeddedArray, EmbeddedSample } from '../../engine/report/payload';
import { h, styled } from '../charts/dom';
import type { NdArray } from './npy';
import { className, entryOf, type RunData, type Samples } from './run-data';

/** What a report carries of a run. */
export class EmbeddedData implements RunData {
  readonly arrays: readonly string[];
  readonly paths: readonly PathAnswer[];
  private readonly table: Samples | undefined;

  constructor(private readonly sample: EmbeddedSample | undefined) {
    this.arrays = Object.keys(sample?.arrays ?? {});
    this.paths = sample?.paths ?? [];
    this.table = sample && {
      ...sample,
      rows: Int32Array.from(sample.rows),
      drawn: Int32Array.from(sample.drawn),
      labels: Int32Array.from(sample.labels),
      domains: Int32Array.from(sample.domains),
      splits: Uint8Array.from(sample.splits),
    };
  }

  samples(): Promise<Samples | undefined> {
    return Promise.resolve(this.table);
  }

  array(name: string): Promise<NdArray | undefined> {
    const found = this.sample?.arrays[name];
    return Promise.resolve(found && decode(found));
  }

  file(name: string): Promise<NdArray> {
    const found = this.sample?.arrays[name];
    return found ? Promise.resolve(decode(found)) : Promise.reject(new Error(`The report does not carry ${name}.`));
  }

  projection(method: ProjectionMethod, space: ProjectionSpace): Promise<ProjectionAnswer> {
    const found = this.sample?.projections.find((one) => one.method === method && one.space === space);
    return found ? Promise.resolve(found) : Promise.reject(new Error('The report does not carry this projection.'));
  }

  picture(samples: Samples, row: number, side = 64): HTMLElement | undefined {
    const { thumbnails } = this.sample ?? {};
    const entry = entryOf(samples, row);
    if (!thumbnails || entry < 0) return undefined;
    const { width, height, across, down, url } = thumbnails;
    const scale = side / Math.max(width, height);
    const share = (index: number, count: number): string => (count > 1 ? `${(100 * index) / (count - 1)}%` : '0');
    const label = `${samples.names[entry]}, ${className(samples, samples.labels[entry]!)}`;
    return styled(h('div', { class: 'picture', role: 'img', 'aria-label': label }), {
      width: `${Math.round(width * scale)}px`,
      height: `${Math.round(height * scale)}px`,
      'background-image': `url("${url}")`,
      'background-size': `${across * 100}% ${down * 100}%`,
      'background-position': `${share(entry % across, across)} ${share(Math.floor(entry / across), down)}`,
    });
  }
}

function decode({ shape, type, base64 }: EmbeddedArray): NdArray {
  const text = atob(base64);
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const kinds = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array };
  return { shape, data: new kinds[type](bytes.buffer) };
}
