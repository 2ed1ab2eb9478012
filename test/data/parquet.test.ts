import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { readParquet } from '../../engine/data/parquet';
import { temporaryFolder } from './temporary';

const folder = temporaryFolder();
type Options = Parameters<typeof parquetWriteBuffer>[0];

let written = 0;
const write = (columnData: Options['columnData'], rest: Partial<Options> = {}): string => {
  const file = join(folder, `${++written}.parquet`);
  writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData, ...rest })));
  return file;
};
const listSchema: Options['schema'] = [
  { name: 'root', num_children: 2 },
  { name: 'e', converted_type: 'LIST', num_children: 1, repetition_type: 'OPTIONAL' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type: 'FLOAT', repetition_type: 'OPTIONAL' },
  { name: 'label', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
];

describe('Parquet', () => {
  const columns: Options['columnData'] = [
    { name: 'id', data: ['u', 'v', 'w'], type: 'STRING' },
    { name: 'f', data: [1.5, -2, 0.25], type: 'FLOAT' },
    { name: 'd', data: [1, 2, 3], type: 'DOUBLE' },
    { name: 'l', data: [4n, 5n, -6n], type: 'INT64' },
    { name: 'flag', data: [true, false, true], type: 'BOOLEAN' },
    { name: 'label', data: ['cat', 'dog', 'cat'], type: 'STRING' },
  ];

  test('every numeric type is a feature', async () => {
    const table = await readParquet({ file: write(columns), label: 'label' });
    expect(table).toMatchObject({ columns: ['f', 'd', 'l', 'flag'], width: 4, labels: ['cat', 'dog', 'cat'] });
    expect([...table.values]).toEqual([1.5, 1, 4, 1, -2, 2, 5, 0, 0.25, 3, -6, 1]);
    expect(table.warnings[0]).toMatch(/left out id/);
  });

  test('named features, integer labels', async () => {
    const table = await readParquet({ file: write(columns), label: 'l', features: ['d', 'f'] });
    expect(table.labels).toEqual(['4', '5', '-6']);
    expect([...table.values]).toEqual([1, 1.5, 2, -2, 3, 0.25]);
  });

  test('other codecs and many row groups', async () => {
    const count = 20000;
    const data = Float32Array.from({ length: count }, (_, i) => i / 2);
    const file = write(
      [
        { name: 'a', data },
        { name: 'label', data: Int32Array.from({ length: count }, (_, i) => i % 3) },
      ],
      { codec: 'GZIP', compressors: { GZIP: (bytes) => gzipSync(bytes) }, rowGroupSize: 3000 },
    );
    const table = await readParquet({ file, label: 'label' });
    expect(table.values).toEqual(data);
    expect(table.labels.slice(-3)).toEqual(['2', '0', '1']);
  });

  test('a column of lists is as many features', async () => {
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const columnData = [
      { name: 'e', data: rows },
      { name: 'label', data: ['a', 'b'] },
    ];
    const table = await readParquet({ file: write(columnData, { schema: listSchema }), label: 'label' });
    expect(table).toMatchObject({ columns: ['e'], width: 3 });
    expect([...table.values]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('lists of different lengths are refused', async () => {
    const columnData = [
      { name: 'e', data: [[1, 2], [3]] },
      { name: 'label', data: ['a', 'b'] },
    ];
    const file = write(columnData, { schema: listSchema });
    await expect(readParquet({ file, label: 'label' })).rejects.toThrow(/holds 1 numbers in row 1, but 2 in the rows/);
  });

  test('what cannot be read', async () => {
    const file = write(columns);
    await expect(readParquet({ file, label: 'lable' })).rejects.toThrow(
      /no label column "lable"; did you mean "label"\?/,
    );
    await expect(readParquet({ file, label: 'label', features: ['id'] })).rejects.toThrow(
      /Column "id" .* holds "u" in row 0/,
    );
    const broken = write([
      { name: 'a', data: [1, NaN], type: 'DOUBLE' },
      { name: 'label', data: [0, 1], type: 'INT32' },
    ]);
    await expect(readParquet({ file: broken, label: 'label' })).rejects.toThrow(/Column "a" .* "NaN" in row 1/);
    const empty = write([
      { name: 'a', data: [1, null], type: 'DOUBLE', nullable: true },
      { name: 'label', data: [0, 1], type: 'INT32' },
    ]);
    await expect(readParquet({ file: empty, label: 'label' })).rejects.toThrow(/Column "a" .* holds nothing in row 1/);
    const text = join(folder, 'text.parquet');
    writeFileSync(text, 'this is not a parquet file, it is text');
    await expect(readParquet({ file: text, label: 'y' })).rejects.toThrow(
      /text\.parquet is not a readable Parquet file/,
    );
    await expect(readParquet({ file: join(folder, 'none'), label: 'y' })).rejects.toThrow(/There is no/);
  });
});
