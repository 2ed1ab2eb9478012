import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../engine/errors';
import { isStudyFile, parseStudy, parseStudyOrThrow, readStudy } from '../../engine/study/parse';

const file = 'digits.eigenprobe.json';
const yamlFile = 'digits.eigenprobe.yaml';

/** Text under the caret of a problem. */
function underlined(text: string, problem: { line: number; column: number; length: number }): string {
  const line = text.split('\n')[problem.line - 1]!;
  return line.slice(problem.column - 1, problem.column - 1 + problem.length);
}

/** The only problem of a text. */
function only(text: string, name = file) {
  const { study, errors } = parseStudy(text, name);
  expect(study).toBeUndefined();
  expect(errors.map(({ message }) => message)).toHaveLength(1);
  return { ...errors[0]!, underlined: underlined(text, errors[0]!) };
}

const digits = {
  name: 'digits',
  data: {
    domains: {
      mnist: { format: 'idx', images: 'a.gz', labels: 'b.gz' },
      usps: { format: 'idx', images: 'c.gz', labels: 'd.gz' },
    },
  },
};
const withBlocks = (blocks: object): string => JSON.stringify({ ...digits, ...blocks }, null, 2);
const withData = (data: object): string => JSON.stringify({ name: 'x', data }, null, 2);

describe('a right study', () => {
  test('JSON with comments and trailing commas gets every default', () => {
    const { study, errors } = parseStudy(
      `// a study\n{\n  "name": "x", /* why */\n  "data": { "folder": "images", },\n  "pretrain": {},\n}\n`,
      file,
    );
    expect(errors).toEqual([]);
    expect(study).toMatchObject({
      seed: 0,
      data: { folder: 'images', split: { validation: 0.1, test: 0.2 }, image: {} },
      encoder: { architecture: 'resnet-small' },
      pretrain: { mu: 3, optimizer: { name: 'adamw' } },
    });
  });

  test('YAML says the same as JSON, anchors included', () => {
    const yaml = `
name: digits
data:
  domains:
    mnist: &idx { format: idx, images: a.gz, labels: b.gz }
    usps: *idx
`;
    const json = structuredClone(digits);
    json.data.domains.usps = json.data.domains.mnist;
    expect(parseStudy(yaml, yamlFile)).toEqual(parseStudy(JSON.stringify(json), file));
    expect(parseStudy(yaml, yamlFile).study?.data.domains?.['usps']).toMatchObject({ images: 'a.gz' });
  });

  test('a byte order mark and CRLF do no harm', () => {
    expect(parseStudy('\uFEFF{\r\n"name": "x",\r\n"data": {"folder": "f"}}', file).errors).toEqual([]);
    expect(parseStudy('\uFEFFname: x\r\ndata: {folder: f}\r\n', yamlFile).errors).toEqual([]);
  });

  test('names of study files', () => {
    expect(['a.eigenprobe.json', 'a.eigenprobe.yml', 'a.eigenprobe.yaml', 'a.json'].map(isStudyFile)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('problems stand where they are', () => {
  test.each([
    ['an unknown key', { epcohs: 3 }, 'Unknown key "epcohs" in pretrain; did you mean "epochs"?', '"epcohs"'],
    ['a wrong type', { epochs: 'ten' }, 'pretrain.epochs must be an integer of at least 1, not "ten".', '"ten"'],
    ['no integer', { epochs: 1.5 }, 'pretrain.epochs must be an integer of at least 1, not 1.5.', '1.5'],
    ['below the range', { batchSize: 1 }, 'pretrain.batchSize must be an integer of at least 2, not 1.', '1'],
    ['zero', { mu: 0 }, 'pretrain.mu must be a number greater than 0, not 0.', '0'],
    [
      'a word that is none of the choices',
      { augmentation: 'stron' },
      'pretrain.augmentation must be one of "simclr", "byol", "strong", "light", "flip", "vector", "vector-mix" or "none", not "stron"; did you mean "strong"?',
      '"stron"',
    ],
    [
      'null',
      { optimizer: null },
      'pretrain.optimizer must be an object { … }, not null; write {} for the defaults.',
      'null',
    ],
    [
      'both bounds',
      { optimizer: { momentum: 1 } },
      'pretrain.optimizer.momentum must be a number of at least 0 and less than 1, not 1.',
      '1',
    ],
  ])('%s', (_, pretrain, message, text) => {
    const problem = only(withBlocks({ pretrain }));
    expect(problem.message).toBe(message);
    expect(problem.underlined).toBe(text);
    expect(problem.path[0]).toBe('pretrain');
  });

  test('a union says what each form takes', () => {
    const problem = only(withBlocks({ spectrum: { clusters: 1.5 } }));
    expect(problem.message).toBe(
      'spectrum.clusters must be an integer of at least 2 or one of "classes" or "gap", not 1.5.',
    );
  });

  test('a missing key points at the object that lacks it', () => {
    const text = withData({ domains: { a: { format: 'npy' } } });
    expect(only(text)).toMatchObject({
      message: 'data.domains.a.values is missing: it must be a non-empty string.',
      underlined: '"a"',
      path: ['data', 'domains', 'a', 'values'],
    });
    expect(only('{"data": {"folder": "x"}}')).toMatchObject({
      message: 'name is missing: it must be a non-empty string of at most 120 characters.',
      line: 1,
      column: 1,
    });
  });

  test('a format that does not exist, and none', () => {
    const wrong = only(withData({ domains: { a: { format: 'numpy', values: 'x' } } }));
    expect(wrong.message).toBe(
      'data.domains.a.format must be one of "folder", "idx", "npy", "npz", "safetensors", "csv" or "parquet", not "numpy"; did you mean "npy"?',
    );
    expect(wrong.underlined).toBe('"numpy"');
    expect(only(withData({ domains: { a: {} } })).message).toMatch(/^data\.domains\.a\.format is missing/);
  });

  test('an unknown key of one format is told from those of the others', () => {
    const problem = only(withData({ domains: { a: { format: 'csv', path: 'x', lable: 'y' } } }));
    expect(problem.message).toBe('Unknown key "lable" in data.domains.a; did you mean "label"?');
  });

  test('a key that only an object prototype has is unknown too', () => {
    expect(only('{"name": "x", "data": {"folder": "f"}, "toString": 1}').message).toMatch(
      /^Unknown key "toString" in the study; it may have "name"/,
    );
  });

  test('YAML positions', () => {
    const text = 'name: x\ndata:\n  folder: f\npretrain:\n  epcohs: 3\n  mu: -1\n';
    const { errors } = parseStudy(text, yamlFile);
    expect(errors.map((error) => [error.line, error.column, underlined(text, error)])).toEqual([
      [5, 3, 'epcohs'],
      [6, 7, '-1'],
    ]);
  });

  test('an empty block in YAML', () => {
    expect(only('name: x\ndata: {folder: f}\nspectrum:\n', yamlFile)).toMatchObject({
      message: 'spectrum must be an object { … }, not null; write {} for the defaults.',
      line: 3,
    });
  });
});

describe('syntax errors', () => {
  test.each([
    ['{"name": "x" "data": 1}', file, 1, 'Expected a comma.'],
    ['{"name": "x",\n "data": {', file, 2, 'Expected a closing brace }.'],
    ['', file, 1, 'Expected a value.'],
    ['{"name": "x", "name": "y", "data": {"folder": "f"}}', file, 1, 'The key "name" stands twice.'],
    ['name: x\nname: y\n', yamlFile, 2, 'This is not valid YAML: Map keys must be unique.'],
    ['name: "x\n', yamlFile, 1, /^This is not valid YAML: Missing closing "quote\.$/],
    ['name: *nobody\n', yamlFile, 1, /cannot be expanded: Unresolved alias/],
  ])('%j', (text, name, line, message) => {
    const { errors } = parseStudy(text, name);
    expect(errors.length).toBeGreaterThan(0);
    expect(
      errors.some((error) => error.line === line),
      JSON.stringify(errors),
    ).toBe(true);
    expect(errors.map((error) => error.message)).toContainEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
    expect(errors.every((error) => error.length >= 1 && error.column >= 1)).toBe(true);
  });

  test('aliases that multiply are refused, quickly', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++) {
      const last = String.fromCharCode(96 + i);
      const next = String.fromCharCode(97 + i);
      lines.push(`${next}: &${next} [${Array.from({ length: 9 }, () => `*${last}`).join(', ')}]`);
    }
    const { errors } = parseStudy(`${lines.join('\n')}\n`, yamlFile);
    expect(errors[0]?.message).toMatch(/cannot be expanded/);
  });
});

describe('an encoder has two forms', () => {
  test('one that is drawn here, one that is brought', () => {
    const encoderOf = (encoder: unknown) => parseStudy(withBlocks({ encoder }), file).study?.encoder;
    expect(encoderOf({})).toEqual({ architecture: 'resnet-small' });
    expect(encoderOf({ import: 'a/model.json', imageSize: 96 })).toEqual({ import: 'a/model.json', imageSize: 96 });
  });

  test.each([
    ['a slip', { imprt: 'm.onnx' }, 'Unknown key "imprt" in encoder; did you mean "import"?'],
    [
      'a slip in an import',
      { import: 'm.onnx', imagesize: 9 },
      'Unknown key "imagesize" in encoder; did you mean "imageSize"?',
    ],
    [
      'both',
      { import: 'm.onnx', width: 3 },
      'Unknown key "width" in encoder; it may have "import", "imageSize", "pixels" and "layer".',
    ],
    [
      'a wrong size',
      { import: 'm.onnx', imageSize: 0 },
      'encoder.imageSize must be an integer of at least 1 and at most 1024, not 0.',
    ],
    [
      'an architecture',
      { architecture: 'resnet' },
      'encoder.architecture must be one of "mlp", "convnet", "resnet-small", "resnet18" or "identity", not "resnet"; did you mean "resnet-small"?',
    ],
    ['no object', 'resnet18', 'encoder must be an object { … }, not "resnet18".'],
  ])('%s', (_, encoder, message) => {
    expect(only(withBlocks({ encoder })).message).toBe(message);
  });
});

describe('members that contradict each other', () => {
  const csv = { format: 'csv', path: 'a.csv' };
  const cases: [string, string, RegExp, string][] = [
    [
      'folder and domains',
      withData({ folder: 'f', domains: { a: csv } }),
      /has both "folder" and "domains"/,
      '"domains"',
    ],
    ['neither', withData({}), /give it "folder" or "domains"/, '"data"'],
    ['no domain', withData({ domains: {} }), /data\.domains is empty/, '{}'],
    [
      'source not there',
      withData({ domains: { mnist: csv }, source: 'minst' }),
      /^data\.source names "minst".*did you mean "mnist"\?$/,
      '"minst"',
    ],
    ['target not there', withData({ domains: { a: csv }, target: 'quux' }), /the domains are "a"\.$/, '"quux"'],
    [
      'all of no target',
      withData({ folder: 'f', split: { target: 'test' } }),
      /^data\.split\.target is "test", and data has no target; name it\.$/,
      '"test"',
    ],
    [
      'transfer to a target that nothing learns from',
      withBlocks({ data: { folder: 'f', target: 'b', split: { target: 'test' } }, transfer: {} }),
      /^transfer learns from the target without labels.*write "split"\.$/,
      '"test"',
    ],
    ['twice the same', withData({ folder: 'f', source: 'a', target: 'a' }), /name two different domains/, '"a"'],
    [
      'pretrain domain not there',
      withBlocks({ pretrain: { domains: ['mnist', 'uspss'] } }),
      /pretrain\.domains\[1\] names "uspss".*"usps"\?/,
      '"uspss"',
    ],
    [
      'one domain',
      JSON.stringify({ name: 'x', data: { domains: { a: csv } }, transfer: {} }),
      /only one/,
      '"transfer"',
    ],
    [
      'identity',
      withBlocks({ encoder: { architecture: 'identity' }, pretrain: {}, finetune: {} }),
      /"identity" has none/,
      '"finetune"',
    ],
    [
      'early stopping without points to stop at',
      withBlocks({ pretrain: {}, finetune: { earlyStopping: true, trajectory: { points: 0 } } }),
      /chooses among the points of the trajectory, and finetune.trajectory.points is 0/,
      'true',
    ],
    [
      'learning from the samples that stop the training',
      withBlocks({ pretrain: {}, finetune: { earlyStopping: true, refit: true } }),
      /refit trains on the validation samples too, and finetune.earlyStopping chooses by them after training/,
      'true',
    ],
    [
      'learning from the samples that choose the mixture',
      withBlocks({ pretrain: {}, finetune: { methods: ['WiSE-FT'], wise: { alpha: 'validation' }, refit: true } }),
      /and finetune.wise.alpha chooses by them after training; remove one of the two/,
      'true',
    ],
    [
      'a map of a network that is not trained',
      withBlocks({ encoder: { architecture: 'identity' }, pretrain: {}, advantage: {} }),
      /advantage changes the weights of an encoder, and "identity" has none/,
      '"advantage"',
    ],
    [
      'a map without pretraining',
      withBlocks({ advantage: {} }),
      /advantage starts from a pretrained encoder/,
      '"advantage"',
    ],
    [
      'a map of epochs that pretraining does not reach',
      withBlocks({ pretrain: { epochs: 5 }, advantage: { quality: { kind: 'epochs', epochs: [0, 5, 8] } } }),
      /advantage.quality.epochs has 8, but pretraining ends after 5 epochs/,
      '8',
    ],
    [
      'views of what',
      withBlocks({ spectrum: { graph: { kind: 'views' } } }),
      /no pretraining whose augmentation it could take; add "augmentation"/,
      '"graph"',
    ],
    [
      'no pretraining',
      withBlocks({ finetune: {} }),
      /encoder\.import; add "pretrain" or remove finetune/,
      '"finetune"',
    ],
    [
      'a file that is no model',
      withBlocks({ encoder: { import: 'model.pt' }, finetune: {} }),
      /encoder\.import names "model\.pt", but a model is a \.safetensors/,
      '"model.pt"',
    ],
    [
      'means without deviations',
      withBlocks({ encoder: { import: 'm.onnx', pixels: { mean: [0, 0, 0], std: [1] } } }),
      /encoder\.pixels has 3 means but 1 deviations/,
      '"pixels"',
    ],
    [
      'half an idx test set',
      withData({ domains: { a: { format: 'idx', images: 'i', labels: 'l', testImages: 't' } } }),
      /has "testImages" but no "testLabels"/,
      '"testImages"',
    ],
    [
      'test labels without training labels',
      withData({ domains: { a: { format: 'npy', values: 'i', testValues: 'v', testLabels: 't' } } }),
      /has "testLabels" but no "labels"/,
      '"testLabels"',
    ],
    [
      'an unlabelled source',
      JSON.stringify({ name: 'x', data: { domains: { a: { format: 'npy', values: 'i' } } }, probe: {} }),
      /"a" has no "labels", and probe learns/,
      '"a"',
    ],
    ['class names twice', withData({ folder: 'f', classNames: ['a', 'b', 'a'] }), /has "a" twice/, '"a"'],
    [
      'an empty range',
      withBlocks({ probe: { regularization: { from: 3 } } }),
      /from \(3\) must not be greater than "to" \(2\)/,
      '3',
    ],
  ];
  test.each(cases)('%s', (_, text, message, shown) => {
    const problem = only(text);
    expect(problem.message).toMatch(message);
    expect(problem.underlined).toBe(shown);
  });
});

describe('throwing and reading', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'eigenprobe-study-'))));
  afterAll(() => rm(folder, { recursive: true }));

  test('one error lists every problem', () => {
    const text = 'name: ""\ndata: {folder: f}\nseed: -1\n';
    expect(() => parseStudyOrThrow(text, yamlFile)).toThrow(UserError);
    try {
      parseStudyOrThrow(text, yamlFile);
    } catch (error) {
      expect((error as UserError).message).toBe(
        '2 problems in this study:\n' +
          '  digits.eigenprobe.yaml:1:7: name must be a non-empty string of at most 120 characters, not "".\n' +
          '  digits.eigenprobe.yaml:3:7: seed must be an integer of at least 0 and at most 4294967295, not -1.',
      );
      expect((error as UserError).where).toEqual({ file: yamlFile, line: 1, column: 7 });
    }
  });

  test('reads a file, and says when there is none', async () => {
    const path = join(folder, 'x.eigenprobe.yml');
    await writeFile(path, 'name: x\ndata: {folder: f}\n');
    expect(await readStudy(path)).toMatchObject({ name: 'x' });
    await expect(readStudy(join(folder, 'none.eigenprobe.yml'))).rejects.toThrow(/There is no study file/);
    await expect(readStudy(folder)).rejects.toThrow(/is a folder/);
  });
});
