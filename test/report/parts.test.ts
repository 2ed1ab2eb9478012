import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../engine/report/interval';
import { metricSeries, thin } from '../../engine/report/metrics';
import { escapeJson, readPayload, reportPage } from '../../engine/report/page';
import { payloadVersion, type ReportPayload } from '../../engine/report/payload';
import { stratifiedSample } from '../../engine/data/stratified-sample';
import { thumbnailSheet } from '../../engine/report/thumbnails';
import type { RunEvent } from '../../engine/run/format';
import { record } from './run-directory';

describe('wilsonInterval', () => {
  it('has bounds that solve (p − x)² = z² x(1 − x)/n, the equation that defines it', () => {
    const z = 1.959963984540054;
    for (const [hits, n] of [
      [0, 10],
      [5, 10],
      [81, 98],
      [700, 700],
    ] as const) {
      const p = hits / n;
      for (const x of wilsonInterval(p, n)) expect((p - x) ** 2).toBeCloseTo((z * z * x * (1 - x)) / n, 12);
    }
  });

  it('gives the published bounds for 81 of 263 (Newcombe 1998, table I)', () => {
    const [low, high] = wilsonInterval(81 / 263, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });
});

describe('thin', () => {
  const points = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 400 });

  it('keeps the order, both ends, the extremes and the limit', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 4, max: 60 }), (values, limit) => {
        const all = values.map((value, i): [number, number] => [i, value]);
        const kept = thin(all, limit);
        expect(kept.length).toBeLessThanOrEqual(limit);
        expect(kept[0]).toEqual(all[0]);
        expect(kept.at(-1)).toEqual(all.at(-1));
        expect(Math.max(...kept.map(([, value]) => value))).toBe(Math.max(...values));
        expect(Math.min(...kept.map(([, value]) => value))).toBe(Math.min(...values));
        kept.slice(1).forEach(([step], i) => expect(step).toBeGreaterThan(kept[i]![0]));
      }),
    );
  });
});

describe('metricSeries', () => {
  it('keeps the later value of a step that a resumed run repeated', () => {
    const metric = (step: number, value: number): RunEvent => ({
      ...{ time: '', type: 'metric', stage: 'pretrain', name: 'loss', step, value },
    });
    const [series] = metricSeries([
      metric(1, 5),
      metric(2, 4),
      metric(3, 9),
      metric(2, 3),
      metric(3, 2),
      metric(4, NaN),
    ]);
    expect(series).toEqual({
      ...{ stage: 'pretrain', name: 'loss', total: 3 },
      points: [
        [1, 5],
        [2, 3],
        [3, 2],
      ],
    });
  });
});

describe('stratifiedSample', () => {
  it('draws without replacement, exactly as many as asked, in proportion and from every stratum', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 8, max: 80 }),
        (sizes, count) => {
          const strata = sizes.flatMap((size, stratum) => new Array<number>(size).fill(stratum));
          const rows = stratifiedSample(strata, count, 1);
          expect(new Set(rows).size).toBe(Math.min(count, strata.length));
          expect(rows).toHaveLength(Math.min(count, strata.length));
          if (strata.length <= count) return;
          sizes.forEach((size, stratum) => {
            const drawn = rows.filter((row) => strata[row] === stratum).length;
            expect(drawn).toBeGreaterThanOrEqual(1);
            // Largest remainder moves by less than one; the guarantee of one row may take from the large strata.
            expect(Math.abs(drawn - (size * count) / strata.length)).toBeLessThan(1 + sizes.length);
          });
        },
      ),
    );
  });

  it('draws the same rows for the same seed and others for another', () => {
    const strata = Array.from({ length: 300 }, (_, i) => i % 3);
    expect(stratifiedSample(strata, 30, 5)).toEqual(stratifiedSample(strata, 30, 5));
    expect(stratifiedSample(strata, 30, 5)).not.toEqual(stratifiedSample(strata, 30, 6));
  });

  it('gives exact shares where they are whole', () => {
    const strata = Array.from({ length: 600 }, (_, i) => (i < 300 ? 'a' : i < 500 ? 'b' : 'c'));
    const drawn = stratifiedSample(strata, 60, 0).map((row) => strata[row]);
    expect(['a', 'b', 'c'].map((stratum) => drawn.filter((one) => one === stratum).length)).toEqual([30, 20, 10]);
  });
});

describe('thumbnailSheet', () => {
  async function pixels(url: string): Promise<{ data: Buffer; width: number; height: number }> {
    const image = sharp(Buffer.from(url.split(',')[1]!, 'base64')).removeAlpha();
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(3);
    return { data, width: info.width, height: info.height };
  }

  it('sets small images side by side as they are', async () => {
    const values = Uint8Array.from({ length: 5 * 2 * 3 * 3 }, (_, i) => (i * 7) % 256);
    const sheet = await thumbnailSheet(values, [2, 3, 3], [4, 0, 2]);
    expect(sheet).toMatchObject({ across: 2, down: 2, width: 3, height: 2 });
    const { data, width } = await pixels(sheet.url);
    [4, 0, 2].forEach((row, index) => {
      for (let y = 0; y < 2; y++)
        for (let i = 0; i < 9; i++) {
          const at = ((Math.floor(index / 2) * 2 + y) * width + (index % 2) * 3) * 3 + i;
          expect(data[at]).toBe(values[row * 18 + y * 9 + i]);
        }
    });
  });

  it.each([1, 3])('shrinks large images of %i channels and keeps their shape', async (channels) => {
    const values = new Uint8Array(2 * 96 * 64 * channels).fill(40, 0, 96 * 64 * channels).fill(200, 96 * 64 * channels);
    const sheet = await thumbnailSheet(values, [96, 64, channels], [0, 1]);
    expect(sheet).toMatchObject({ across: 2, down: 1, height: 32, width: 21 });
    const { data, width } = await pixels(sheet.url);
    expect(data[0]).toBe(40);
    expect(data[(width - 1) * 3]).toBe(200);
  });
});

describe('the page', () => {
  const payload: ReportPayload = {
    ...{ version: payloadVersion, run: record, state: 'finished', figures: [], details: {}, metrics: [], warnings: [] },
    study: { name: '</script><!-- & \u2028 "' },
  };

  it('carries data that no markup in it can end, and gives it back', () => {
    expect(escapeJson(payload)).not.toMatch(/[<>&\u2028]/);
    const html = reportPage({ title: '<b>', policy: `'x'`, style: '', script: '', payload });
    expect(html).toContain('<title>&#60;b&#62;</title>');
    expect(readPayload(html)).toEqual(payload);
  });

  it('reads nothing from other pages and other versions', () => {
    expect(readPayload('<html></html>')).toBeUndefined();
    const html = reportPage({ title: '', policy: '', style: '', script: '', payload });
    expect(readPayload(html.replace('"version":2', '"version":0'))).toBeUndefined();
    expect(readPayload(html.replace('"version":2', '"version"'))).toBeUndefined();
  });
});
