import { describe, expect, test } from 'vitest';
import { parseStudy } from '../../engine/study/parse';
import { chooseNode } from '../../extension/engine/node';
import { fixesFor } from '../../extension/study/fixes';
import { fileNameOf, newStudyText, type NewStudy } from '../../extension/study/new-study';
import { blockSvg, plotTheme } from '../../extension/study/plots';
import { readHostMessage, readPanelMessage, readPanelState } from '../../webview/contract';
import { bestColumn, cellText, differenceOf, differenceText, figureRows } from '../../webview/compare/figures';
import { figures } from '../report/run-directory';

describe('a new study', () => {
  const folder: NewStudy = {
    name: 'S "q"',
    data: { kind: 'folder', folder: 'images', source: 'a', target: 'b' },
    images: true,
  };
  test.each<NewStudy>([
    folder,
    { name: 'S', data: { kind: 'folder', folder: '.' }, images: true },
    { name: 'S', data: { kind: 'file', format: 'csv', path: 'a b.csv' }, images: false },
  ])('is valid as it is written: %j', (wanted) => {
    expect(parseStudy(newStudyText(wanted), 's.eigenprobe.json').errors).toEqual([]);
  });

  test('is named after what it is about', () => {
    expect(fileNameOf('Sketch to Photo: 2')).toBe('sketch-to-photo-2');
    expect(fileNameOf('–')).toBe('study');
  });
});

describe('fixes', () => {
  test.each([
    ['Unknown key "epoch" in pretrain; did you mean "epochs"?', ['Change to "epochs"', 'Remove "epoch"']],
    [
      'finetune starts from a pretrained encoder, and none is brought by encoder.import; add "pretrain" or remove finetune.',
      ['Add "pretrain"', 'Remove "finetune"'],
    ],
    ['probe must be an object { … }, not null; write {} for the defaults.', ['Use the defaults: {}']],
    [
      'data.source names "x", which is not a domain of the data; the domains are "a" and "b".',
      ['Change to "a"', 'Change to "b"'],
    ],
    ['name is missing: it must be a non-empty string of at most 120 characters.', []],
  ])('%s', (message, titles) => {
    expect(fixesFor(message).map(({ title }) => title)).toEqual(titles);
  });
});

describe('plots', () => {
  test('of accuracies draw a bar as long as its share, with the baseline’s tick', () => {
    const own = figures.filter(({ stage }) => stage === 'transfer');
    const held = own.map((figure) => ({ ...figure, value: 0.5 }));
    const svg = blockSvg({ stage: 'transfer', figures: own, baseline: held }, plotTheme(false))!;
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)" height="12"/g)].map(([, width]) => Number(width));
    // The axis is 270 pixels long.
    [0.918, 0.908, 0.367, 0.745].forEach((share, i) => expect(widths[i]).toBeCloseTo(270 * share, 0));
    expect(widths).toHaveLength(4);
    expect(svg.match(/stroke-width="2"/g)).toHaveLength(4);
    expect(svg).toContain('74.5 %');
  });

  test('escape what they are given', () => {
    const counts = [{ domain: '<script>', className: '"&', count: 3 }];
    const svg = blockSvg({ stage: 'data', figures: [], counts }, plotTheme(true))!;
    expect(svg).not.toContain('<script>');
  });

  test('are left out where there is nothing to draw', () => {
    expect(blockSvg({ stage: 'probe', figures: [] }, plotTheme(true))).toBeUndefined();
  });
});

describe('messages between editor and panel', () => {
  test('are checked on arrival', () => {
    expect(readPanelMessage({ type: 'openReport', run: 'a' })).toEqual({ type: 'openReport', run: 'a' });
    for (const bad of [null, 'ready', {}, { type: 'openReport' }, { type: 'eval', run: 'x' }])
      expect(readPanelMessage(bad)).toBeUndefined();
    expect(readHostMessage({ type: 'show', runs: [{ key: 1 }], baseline: 3 })).toEqual({
      type: 'show',
      runs: [],
      baseline: undefined,
      groups: [],
    });
    expect(readPanelState({ runs: ['a', 2], choices: { k: 3 } })).toEqual({ runs: ['a'], choices: { k: 3 } });
    expect(readPanelState(undefined)).toEqual({ runs: [], choices: {} });
  });

  test('compare runs figure by figure', () => {
    const run = (own: typeof figures) => ({ figures: own });
    const better = figures.map((figure) => ({ ...figure, value: figure.value * 0.5 }));
    const rows = figureRows([run(figures), run(better), run([])]);
    const row = rows.find(({ key }) => key === 'transfer.accuracy spectral · OOD · photo')!;
    expect(row.values.map((value) => value?.value)).toEqual([0.745, 0.3725, undefined]);
    expect(bestColumn(row)).toBe(0);
    expect(cellText(row.values[1])).toBe('37.3 %');
    expect(cellText(undefined)).toBe('–');
    expect(differenceText(differenceOf(row.values[1], row.values[0])!, 'fraction')).toBe('−37.3');
    expect(differenceOf(row.values[0], row.values[0])).toBeUndefined();
  });
});

describe('the Node that runs the engine', () => {
  const versions = (known: Record<string, string>) => (path: string) => Promise.resolve(known[path]);
  const good = (): Promise<undefined> => Promise.resolve(undefined);
  test('is the setting’s, the PATH’s, or the editor’s own if it passes its test', async () => {
    expect(await chooseNode('/n', '/own', versions({ '/n': 'v22.1.0' }), good)).toEqual({ path: '/n', env: {} });
    expect((await chooseNode('', '/own', versions({ node: 'v20.0.0' }), good)).path).toBe('node');
    expect(await chooseNode('', '/own', versions({ node: 'v18.0.0' }), good)).toEqual({
      path: '/own',
      env: { ELECTRON_RUN_AS_NODE: '1' },
    });
    await expect(chooseNode('/n', '/own', versions({}), good)).rejects.toThrow(/does not run/);
    const broken = (): Promise<string> => Promise.resolve('Error: no sharp');
    await expect(chooseNode('', '/own', versions({}), broken)).rejects.toThrow(/no sharp/);
  });
});
