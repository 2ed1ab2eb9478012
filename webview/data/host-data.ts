import type {
  ClustersAnswer,
  PathAnswer,
  ProjectionAnswer,
  ProjectionMethod,
  ProjectionSpace,
} from '../../engine/query/answers';
import { mostRows, type PanelMessage, type PanelRun } from '../contract';
import { h, styled } from '../charts/dom';
import { parseNpy, type NdArray } from './npy';
import { areImages, className, entryOf, type RunData, type Samples } from './run-data';

/** What a page in VS Code can do: say something, and wait for what comes back under a number. */
export interface Host {
  post(message: PanelMessage): void;
  /** The answer to the message that is made with the number given. */
  request(make: (id: number) => PanelMessage): Promise<unknown>;
}

/** A run's files as the webview fetches them; its pictures and queries go through the editor. */
export class HostData implements RunData {
  readonly paths = [];
  readonly arrays: readonly string[];
  private readonly cache = new Map<string, Promise<NdArray | undefined>>();
  private table: Promise<Samples | undefined> | undefined;
  private wanted = new Map<number, HTMLCanvasElement[]>();
  private readonly pixels = new Map<number, Uint8Array>();

  constructor(
    private readonly run: PanelRun,
    private readonly host: Host,
  ) {
    this.arrays = run.files.flatMap((file) => /^stages\/(.+)\.npy$/.exec(file)?.[1] ?? []);
  }

  samples(): Promise<Samples | undefined> {
    return (this.table ??= this.readSamples());
  }

  array(name: string): Promise<NdArray | undefined> {
    const known = this.cache.get(name);
    if (known) return known;
    const file = `stages/${name}.npy`;
    const reading = this.run.files.includes(file) ? this.file(file) : Promise.resolve(undefined);
    this.cache.set(name, reading);
    return reading;
  }

  async file(name: string): Promise<NdArray> {
    const response = await fetch(`${this.run.base}/${name.split('/').map(encodeURIComponent).join('/')}`);
    if (!response.ok) throw new Error(`${name} could not be read (${response.status}).`);
    try {
      return parseNpy(await response.arrayBuffer());
    } catch (error) {
      throw new Error(`${name} could not be read: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  picture(samples: Samples, row: number, side = 64): HTMLElement | undefined {
    if (!areImages(samples)) return undefined;
    const [height = 1, width = 1] = samples.sampleShape;
    const entry = entryOf(samples, row);
    const label = `${samples.names[entry] ?? `sample ${row}`}, ${className(samples, samples.labels[entry] ?? -1)}`;
    const scale = side / Math.max(width, height);
    const canvas = styled(h('canvas', { class: 'picture', role: 'img', 'aria-label': label, width, height }), {
      width: `${Math.round(width * scale)}px`,
      height: `${Math.round(height * scale)}px`,
    });
    const known = this.pixels.get(row);
    if (known) paint(canvas, known, samples.sampleShape);
    else {
      if (this.wanted.size === 0) queueMicrotask(() => void this.fetchPictures(samples));
      const waiting = this.wanted.get(row);
      if (waiting) waiting.push(canvas);
      else this.wanted.set(row, [canvas]);
    }
    return canvas;
  }

  projection(method: ProjectionMethod, space: ProjectionSpace, limit: number): Promise<ProjectionAnswer> {
    return this.ask({ kind: 'project', method, space, limit }) as Promise<ProjectionAnswer>;
  }

  clusters = (k: number): Promise<ClustersAnswer> => this.ask({ kind: 'clusters', k }) as Promise<ClustersAnswer>;
  path = (from: number, to: number): Promise<PathAnswer> => this.ask({ kind: 'path', from, to }) as Promise<PathAnswer>;

  private ask(query: Extract<PanelMessage, { type: 'ask' }>['query']): Promise<unknown> {
    return this.host.request((id) => ({ type: 'ask', id, run: this.run.key, query }));
  }

  /** Pictures that were asked for at the same time are read together. */
  private async fetchPictures(samples: Samples): Promise<void> {
    const wanted = this.wanted;
    this.wanted = new Map();
    const size = samples.sampleShape.reduce((a, b) => a * b, 1);
    const rows = [...wanted.keys()];
    for (let start = 0; start < rows.length; start += mostRows) {
      const part = rows.slice(start, start + mostRows);
      const bytes = await this.host.request((id) => ({ type: 'rows', id, run: this.run.key, rows: part }));
      if (!(bytes instanceof Uint8Array) || bytes.length !== part.length * size) continue;
      part.forEach((row, i) => {
        const pixels = bytes.subarray(i * size, (i + 1) * size);
        if (this.pixels.size > 4096) this.pixels.clear();
        this.pixels.set(row, pixels);
        for (const canvas of wanted.get(row)!) paint(canvas, pixels, samples.sampleShape);
      });
    }
  }

  private async readSamples(): Promise<Samples | undefined> {
    if (!this.run.files.includes('stages/data/dataset.json')) return undefined;
    const [response, labels, domains, splits] = await Promise.all([
      fetch(`${this.run.base}/stages/data/dataset.json`),
      this.array('data/labels'),
      this.array('data/domains'),
      this.array('data/splits'),
    ]);
    if (!response.ok || !labels || !domains) throw new Error('The run’s samples could not be read.');
    const record = (await response.json()) as Pick<Samples, 'names' | 'classNames' | 'domainNames' | 'sampleShape'>;
    const total = labels.data.length;
    const all = Int32Array.from({ length: total }, (_, i) => i);
    return {
      ...{ total, rows: all, drawn: all },
      labels: Int32Array.from(labels.data),
      domains: Int32Array.from(domains.data),
      splits: splits ? Uint8Array.from(splits.data) : new Uint8Array(total),
      names: record.names,
      classNames: record.classNames,
      domainNames: record.domainNames,
      sampleShape: record.sampleShape,
    };
  }
}

function paint(
  canvas: HTMLCanvasElement,
  pixels: Uint8Array,
  [height = 1, width = 1, channels = 3]: readonly number[],
): void {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[channels === 1 ? i : i * channels + c]!;
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
