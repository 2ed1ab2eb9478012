import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { schemaAt, studyJsonSchema, type JsonSchema } from '../../engine/study/json-schema';
import { studySchema } from '../../engine/study/schema';

/** Every schema with its path, depth first. */
function walk(schema: JsonSchema, path = ''): [string, JsonSchema][] {
  const children = [
    ...Object.entries(schema.properties ?? {}),
    ...[...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].map((form, i): [string, JsonSchema] => [`|${i}`, form]),
    ...(typeof schema.additionalProperties === 'object' ? [['*', schema.additionalProperties] as const] : []),
  ];
  return [[path, schema], ...children.flatMap(([key, child]) => walk(child, `${path}/${key}`))];
}

describe('the JSON Schema of a study', () => {
  const schema = studyJsonSchema();

  test('is draft 7 and refuses unknown keys at every level', () => {
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(schema.required).toEqual(['name', 'data']);
    for (const [path, part] of walk(schema)) {
      if (part.properties) expect(part.additionalProperties, path).toBe(false);
    }
  });

  test('carries descriptions and defaults', () => {
    expect(schema.properties?.['pretrain']?.properties?.['mu']).toMatchObject({
      default: 3,
      exclusiveMinimum: 0,
      description: expect.stringContaining('√μ') as string,
    });
    expect(schema.properties?.['seed']).toMatchObject({ type: 'integer', minimum: 0, maximum: 0xffffffff, default: 0 });
    expect(JSON.stringify(schema)).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });

  test('every default is what zod fills in', () => {
    const study = studySchema.parse({ name: 'x', data: { folder: 'f' }, pretrain: {}, finetune: {}, probe: {} });
    let compared = 0;
    const compare = (part: JsonSchema, value: unknown): void => {
      for (const [key, child] of Object.entries(part.properties ?? {})) {
        const own = (value as Record<string, unknown> | undefined)?.[key];
        // The default of an object is {}: what it is filled up with stands in its members.
        const plain = typeof child.default !== 'object' || Array.isArray(child.default);
        if (child.default !== undefined && plain && own !== undefined) {
          expect(own, key).toEqual(child.default);
          compared++;
        }
        if (own !== undefined) compare(child, own);
      }
    };
    compare(schema, study);
    expect(compared).toBeGreaterThan(25);
  });

  test('is generated from zod alone', () => {
    const plain = z.toJSONSchema(studySchema, { io: 'input', target: 'draft-7' });
    expect(Object.keys(schema.properties!)).toEqual(Object.keys(plain.properties!));
  });

  test('finds the form that a graph names by its kind', () => {
    const document = { spectrum: { graph: { kind: 'edges', format: 'csv' } } };
    expect(Object.keys(schemaAt(['spectrum', 'graph'], document)?.properties ?? {})).toContain('direction');
    const unnamed = schemaAt(['spectrum', 'graph'], { spectrum: { graph: {} } });
    expect(unnamed?.properties?.['kind']?.enum).toEqual(['operator', 'neighbours', 'views', 'shifts', 'edges']);
  });

  test('finds the form that a domain names', () => {
    const document = { data: { domains: { a: { format: 'idx' }, b: { format: 'parquet' } } } };
    expect(Object.keys(schemaAt(['data', 'domains', 'a'], document)?.properties ?? {})).toContain('testImages');
    expect(Object.keys(schemaAt(['data', 'domains', 'b'], document)?.properties ?? {})).toContain('features');
    expect(schemaAt(['nothing', 'here'], document)).toBeUndefined();
    expect(schemaAt(['constructor'], document)).toBeUndefined();
  });

  test('finds the form of an encoder that the document means', () => {
    const keys = (encoder: unknown) => Object.keys(schemaAt(['encoder'], { encoder })?.properties ?? {});
    expect(keys({ import: 'model.onnx' })).toEqual(['import', 'imageSize', 'pixels', 'layer']);
    expect(keys({ width: 3 })).toEqual(['architecture', 'width', 'features']);
    expect(keys(undefined)).toEqual(expect.arrayContaining(['import', 'architecture']));
    expect(keys({})).toEqual(expect.arrayContaining(['import', 'architecture']));
    expect(schemaAt(['encoder', 'import'], { encoder: { import: 'model.onnx' } })?.description).toContain(
      'safetensors',
    );
  });
});
