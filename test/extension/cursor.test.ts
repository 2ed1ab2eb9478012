import { describe, expect, test } from 'vitest';
import { jsonCursor, yamlCursor, type Cursor } from '../../extension/study/cursor';

function at(read: (text: string, offset: number) => Cursor | undefined, marked: string): Cursor | undefined {
  return read(marked.replace('|', ''), marked.indexOf('|'));
}

describe('the cursor in JSON', () => {
  test.each([
    ['{ | }', [], true],
    ['{ "data": { "fo|" } }', ['data'], true],
    ['{ "data": { "source": "|" } }', ['data', 'source'], false],
    ['{ "data": { "source": | } }', ['data', 'source'], false],
    ['{ "finetune": { "methods": ["LP", "|"] } }', ['finetune', 'methods', 1], false],
  ])('%s', (text, path, isKey) => {
    expect(at(jsonCursor, text)).toMatchObject({ path, isKey });
  });

  test('a comment has none', () => {
    expect(at(jsonCursor, '{\n  // "da|ta"\n}')).toBeUndefined();
  });

  test('what is typed is replaced whole', () => {
    const text = '{ "data": { "source": "sk|etch" } }';
    const cursor = at(jsonCursor, text)!;
    const plain = text.replace('|', '');
    expect(plain.slice(cursor.replace.offset, cursor.replace.offset + cursor.replace.length)).toBe('"sketch"');
    expect(cursor.typed).toBe('sk');
  });
});

describe('the cursor in YAML', () => {
  test.each([
    ['na|', [], true],
    ['data:\n  fo|', ['data'], true],
    ['data:\n  source: sk|', ['data', 'source'], false],
    ['name: D\n\ndata:\n  folder: images\n\n  # mine\n  source: |', ['data', 'source'], false],
    ['data:\n  domains:\n    a:\n      format: csv\n      pa|', ['data', 'domains', 'a'], true],
    ['data:\n  folder: x\nprobe:\n  |', ['probe'], true],
    ['finetune:\n  methods:\n    - LP\n    - |', ['finetune', 'methods', 1], false],
  ])('%j', (text, path, isKey) => {
    expect(at(yamlCursor, text)).toMatchObject({ path, isKey });
  });

  test('a comment has none', () => {
    expect(at(yamlCursor, 'data: # he|re')).toBeUndefined();
  });
});
