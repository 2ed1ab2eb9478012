import { describe, expect, test } from 'vitest';
import { parseFieldPath, valueAt, withValueAt } from '../../engine/study/field-path';
import { parseStudy } from '../../engine/study/parse';
import { studySchema } from '../../engine/study/schema';
import { describeRow, SweepRows } from '../../engine/study/sweep-rows';

describe('paths of fields', () => {
  test.each([
    ['seed', ['seed']],
    ['pretrain.optimizer.learningRate', ['pretrain', 'optimizer', 'learningRate']],
    ['finetune.methods[1]', ['finetune', 'methods', 1]],
    ['data.domains["a.b"].path', ['data', 'domains', 'a.b', 'path']],
  ])('%s', (text, path) => expect(parseFieldPath(text)).toEqual(path));

  test.each(['', '.', 'a..b', 'a.', '.a', '[0]', 'a[', 'a[x]', 'a]b', 'a"b'])('%j is none', (text) =>
    expect(parseFieldPath(text)).toBeUndefined(),
  );

  test('a value is set in a copy, and null takes the member away', () => {
    const document = { a: { b: [1, { c: 2 }] }, d: 4 };
    const next = withValueAt(document, ['a', 'b', 1, 'c'], 3);
    expect(next).toEqual({ a: { b: [1, { c: 3 }] }, d: 4 });
    expect(document.a.b[1]).toEqual({ c: 2 });
    expect(withValueAt(document, ['e', 'f'], 1)).toEqual({ ...document, e: { f: 1 } });
    expect(withValueAt(document, ['a'], null)).toEqual({ d: 4 });
    expect(valueAt(document, ['a', 'b', 0])).toBe(1);
    expect(valueAt(document, ['a', 'toString'])).toBeUndefined();
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    withValueAt(document, ['__proto__', 'polluted'], 1);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

const base = {
  name: 'Test',
  data: {
    domains: {
      a: { format: 'npz', path: 'a.npz' },
      b: { format: 'npz', path: 'b.npz' },
      c: { format: 'npz', path: 'c.npz' },
    },
  },
  pretrain: { epochs: 7 },
  finetune: {},
};

function rowsOf(sweep: unknown, rest: object = base): SweepRows {
  const document = { ...rest, sweep };
  return new SweepRows(document, studySchema.parse(document));
}

describe('rows', () => {
  test('every combination, the last axis fastest; a list of settings that belong together comes first', () => {
    const rows = rowsOf({
      grid: { seed: [3, 4, 5], 'finetune.methods': [['LP'], ['FT', 'LP-FT']] },
      list: [
        { 'data.source': 'a', 'data.target': 'b' },
        { 'data.source': 'b', 'data.target': 'c' },
      ],
    });
    expect(rows.count).toBe(12);
    const all = Array.from({ length: 12 }, (_, i) => rows.row(i).study!);
    const expected = [
      ['a', 'b'],
      ['b', 'c'],
    ].flatMap(([source, target]) =>
      [3, 4, 5].flatMap((seed) => [['LP'], ['FT', 'LP-FT']].map((methods) => [source, target, seed, methods])),
    );
    expect(all.map(({ data, seed, finetune }) => [data.source, data.target, seed, finetune!.methods])).toEqual(
      expected,
    );
    expect(describeRow(rows.settingsOf(7))).toBe(
      'data.source = b, data.target = c, seed = 3, finetune.methods = ["FT","LP-FT"]',
    );
  });

  test('a row is the study that one would have written by hand', () => {
    const rows = rowsOf({
      grid: {
        'encoder.width': [8, null],
        'pretrain.optimizer': [{ name: 'sgd' }, { learningRate: 0.1 }],
        probe: [{}, null],
        seed: [1, 2],
      },
    });
    expect(rows.count).toBe(16);
    for (let i = 0; i < rows.count; i++) {
      const { study, settings } = rows.row(i);
      expect(study).toEqual(studySchema.parse(rows.documentOf(settings)));
      expect(study).not.toHaveProperty('sweep');
    }
    expect(rows.row(0).study?.probe).toBeDefined();
    expect(rows.row(2).study?.probe).toBeUndefined();
  });

  test('rows share the blocks that they have in common', () => {
    const rows = rowsOf({ grid: { seed: [1, 2], 'pretrain.epochs': [1, 2] } });
    expect(rows.row(0).study!.pretrain).toBe(rows.row(2).study!.pretrain);
    expect(rows.row(0).study!.pretrain).not.toBe(rows.row(1).study!.pretrain);
    expect(rows.row(0).study!.data).toBe(rows.row(3).study!.data);
  });
});

describe('what is wrong with a sweep is said where it stands', () => {
  const file = 'test.eigenprobe.yaml';
  const study = (sweep: string): string => `name: Test
data:
  domains:
    a: { format: npz, path: a.npz }
    b: { format: npz, path: b.npz }
pretrain: {}
finetune: {}
sweep:
${sweep}`;
  const problems = (sweep: string): string[] =>
    parseStudy(study(sweep), file).errors.map(({ line, column, message }) => `${line}:${column} ${message}`);

  test('nothing where nothing is', () => {
    expect(problems('  grid:\n    seed: [1, 2]\n')).toEqual([]);
  });

  test.each([
    ['  runner: local\n', '8:1 The sweep has no rows; give it "grid" or "list".'],
    ['  grid:\n    seed: [1, -2]\n', '10:15 seed must be an integer of at least 0 and at most 4294967295, not -2.'],
    ['  grid:\n    pretrain.epoch: [1]\n', '10:22 Unknown key "epoch" in pretrain; did you mean "epochs"?'],
    [
      '  grid:\n    pretrian.epochs: [1]\n',
      '10:23 "pretrian.epochs" is no field: Unknown key "pretrian" in the study; did you mean "pretrain"?',
    ],
    [
      '  grid:\n    "a..b": [1]\n',
      '10:5 "a..b" is not the path of a field; write it like "pretrain.epochs" or "data.source".',
    ],
    [
      '  grid:\n    sweep.runner: [local]\n',
      '10:5 A sweep cannot change "sweep.runner"; name a field of the rest of the study.',
    ],
    ['  grid:\n    seed: [1, 2, 1]\n', '10:18 seed has 1 twice; remove one.'],
    [
      '  grid:\n    pretrain.epochs: [1]\n    pretrain: [{}]\n',
      '11:16 "pretrain.epochs" and "pretrain" set the same field in one row; keep one.',
    ],
    ['  grid:\n    seed: [1]\n  list:\n    - { seed: 2 }\n', '10:12 "seed" is set twice in one row; keep one.'],
    [
      '  grid:\n    data.target: [b, z]\n    seed: [1, 2]\n',
      '10:22 With data.target = z, seed = 1: data.target names "z", which is not a domain of the data; did you mean "a"?',
    ],
    [
      '  list:\n    - { data.source: a, data.target: a }\n',
      '10:38 With data.source = a, data.target = a: data.source and data.target are both "a"; name two different domains.',
    ],
    ['  grid:\n    finetune.methods: [[LP], [XX]]\n', '10:31 finetune.methods[0] must be one of "LP", "FT"'],
    ['  slurm: { memory: lots }\n  grid:\n    seed: [1]\n', '9:20 sweep.slurm.memory must be'],
    ['  slurm: { host: "-oProxyCommand=x" }\n  grid:\n    seed: [1]\n', '9:18 sweep.slurm.host must be'],
  ])('%j', (sweep, sentence) => {
    expect(problems(sweep)[0]?.slice(0, sentence.length)).toBe(sentence);
  });

  test('the removal of what another block needs is found in its row', () => {
    const [first] = problems('  grid:\n    pretrain: [{}, null]\n');
    expect(first).toContain('With pretrain = null: finetune starts from a pretrained encoder');
  });

  test('a hundred thousand rows do not keep an editor waiting, and a mistake among them is found', () => {
    const seeds = Array.from({ length: 1000 }, (_, i) => i).join();
    const epochs = Array.from({ length: 100 }, (_, i) => i).join();
    const found = problems(`  grid:\n    seed: [${seeds}]\n    pretrain.epochs: [${epochs}]\n`);
    expect(found).toEqual(['11:23 pretrain.epochs must be an integer of at least 1, not 0.']);
  });
});
