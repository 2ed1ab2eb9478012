import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../engine/data/csv';
import { tableSource } from '../../engine/data/table-source';
import { temporaryFolder } from './temporary';

const folder = temporaryFolder();
let written = 0;
function csv(text: string | Uint8Array, name = `${++written}.csv`): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
const read = (text: string | Uint8Array, rest: { label?: string; features?: string[] } = {}) =>
  readCsv({ label: 'label', ...rest, file: csv(text) });

describe('CSV', () => {
  test('numeric columns are features, in their order; the rest is left out with a warning', async () => {
    const table = await read('id,b,label,a\nx1,1,cat,2\nx2,-3e-1,dog,+.5\n');
    expect(table).toMatchObject({ columns: ['b', 'a'], width: 2, labels: ['cat', 'dog'], lines: [2, 3] });
    expect([...table.values]).toEqual([1, 2, Math.fround(-0.3), 0.5]);
    expect(table.warnings[0]).toMatch(/left out id, which are not numbers/);
  });

  test('named features, in the order asked', async () => {
    const table = await read('a,b,c,y\n1,2,3,0\n', { label: 'y', features: ['c', 'a'] });
    expect([...table.values]).toEqual([3, 1]);
    expect(table.warnings).toEqual([]);
  });

  test.each([
    ['CRLF and a byte order mark', '\uFEFFa,label\r\n1,0\r\n'],
    ['semicolons', 'a;label\n1;0\n'],
    ['tabs', 'a\tlabel\n1\t0\n'],
    ['quotes, blanks and empty lines', '"a", label\n\n 1 , "0"\n\n'],
    ['gzip', gzipSync('a,label\n1,0\n')],
  ])('%s', async (_, text) => {
    const table = await read(text);
    expect([table.columns, [...table.values], table.labels]).toEqual([['a'], [1], ['0']]);
  });

  test('lines are counted over quoted line feeds', async () => {
    await expect(read('a,note,label\n1,"two\nlines",0\nx,y,0\n')).rejects.toMatchObject({ where: { line: 4 } });
  });

  test('many rows', async () => {
    const rows = Array.from({ length: 20000 }, (_, i) => `${i},${i / 4},${i % 3}`);
    const table = await read(`a,b,label\n${rows.join('\n')}\n`);
    expect(table.labels).toHaveLength(20000);
    expect([...table.values.subarray(39998)]).toEqual([19999, 19999 / 4]);
  });

  test.each<[string, string, { label?: string; features?: string[] }, RegExp, number | undefined]>([
    ['no label column', 'a,lable\n1,0\n', {}, /no label column "label"; did you mean "lable"\?/, 1],
    ['no feature column', 'a,label\n1,0\n', { features: ['b'] }, /no feature column "b"/, 1],
    ['two columns of one name', 'a,a,label\n1,2,0\n', {}, /two columns "a"/, 1],
    ['no number', 'a,label\n1,0\ntwo,0\n', {}, /Column "a" of .* holds "two" in line 3/, 3],
    ['not a number', 'a,label\nnan,0\n', {}, /holds "nan" in line 2/, 2],
    ['infinite', 'a,label\n1,0\n2,0\n-inf,0\n', {}, /holds "-inf" in line 4/, 4],
    ['too large for float32', 'a,label\n1e39,0\n', {}, /holds "1e39"/, 2],
    ['an empty cell', 'a,b,label\n1,,0\n', {}, /Column "b" .* holds nothing in line 2/, 2],
    ['a short line', 'a,b,label\n1,2,0\n1,0\n', {}, /Line 3 of .* has 2 fields, but the header has 3; correct/, 3],
    ['an open quote', 'a,label\n1,"0\n', {}, /quotation mark that is never closed/, undefined],
    ['no numeric column', 'a,label\nx,0\n', {}, /no numeric column beside "label"/, undefined],
  ])('%s', async (_, text, options, message, line) => {
    const result = read(text, options);
    await expect(result).rejects.toThrow(message);
    if (line !== undefined) await expect(result).rejects.toMatchObject({ name: 'UserError', where: { line } });
  });

  test('a missing file and an aborted signal', async () => {
    await expect(readCsv({ file: join(folder, 'none.csv'), label: 'y' })).rejects.toThrow(/There is no/);
    const file = csv('a,label\n1,0\n');
    await expect(readCsv({ file, label: 'label' }, AbortSignal.abort())).rejects.toThrow(/cancelled/);
  });
});

describe('labels of tables', () => {
  const labels = (texts: string[]) => {
    const table = { columns: ['a'], width: 1, values: new Float32Array(texts.length), labels: texts, warnings: [] };
    const source = tableSource(table, { file: 't.csv', shown: 't.csv' });
    return [[...source.labels], source.classNames];
  };

  test('whole numbers number the classes, anything else names them; empty is none', () => {
    expect(labels(['3', '0', '', '1.0'])).toEqual([[3, 0, -1, 1], undefined]);
    expect(labels(['cat', '3', '', 'cat'])).toEqual([
      [0, 1, -1, 0],
      ['cat', '3'],
    ]);
    expect(labels(['0.5', '1'])).toEqual([
      [0, 1],
      ['0.5', '1'],
    ]);
  });

  test('what are no classes', () => {
    expect(() => labels([])).toThrow(/t\.csv holds no rows/);
    expect(() => labels(['12345'])).toThrow(/holds 12345, which is no class number/);
    expect(() => labels(Array.from({ length: 1001 }, (_, i) => `name ${i}`))).toThrow(/1001 different values/);
  });
});
