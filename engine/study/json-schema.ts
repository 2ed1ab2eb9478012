import * as z from 'zod';
import { studySchema } from './schema';

/** The part of JSON Schema (draft 7) that the study's schema uses. */
export interface JsonSchema {
  $schema?: string;
  type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
}

let generated: JsonSchema | undefined;

/**
 * The JSON Schema of a study file as a user writes it, draft 7, which is what VS Code's JSON and YAML support
 * read. Descriptions and defaults are those of the zod schema. Callers must not change the returned object.
 */
export function studyJsonSchema(): JsonSchema {
  generated ??= z.toJSONSchema(studySchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // What zod says of every integer and every record tells the reader nothing.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      delete jsonSchema.propertyNames;
    },
  }) as JsonSchema;
  return generated;
}

/**
 * The schema that governs the value at a path, undefined where the path leads nowhere. Of several forms
 * (a domain's formats, a graph's kinds) the one is taken whose `format` or `kind` the document names; of an encoder's,
 * that which brings a model where the document does.
 */
export function schemaAt(path: readonly PropertyKey[], document: unknown): JsonSchema | undefined {
  const { schema, value } = descend(path, document);
  return schema && chooseForm(schema, value);
}

/** The forms that an object at a path may have, where it has several that no key names. */
export function formsAt(path: readonly PropertyKey[], document: unknown): JsonSchema[] | undefined {
  const { anyOf } = descend(path, document).schema ?? {};
  return anyOf?.every(({ type }) => type === 'object') ? anyOf : undefined;
}

function descend(path: readonly PropertyKey[], document: unknown): { schema: JsonSchema | undefined; value: unknown } {
  let schema: JsonSchema | undefined = studyJsonSchema();
  let value = document;
  for (const step of path) {
    schema = schema && chooseForm(schema, value);
    const key = String(step);
    const additional: boolean | JsonSchema | undefined = schema?.additionalProperties;
    if (schema?.type === 'array') schema = schema.items;
    else schema = ownValue(schema?.properties, key) ?? (typeof additional === 'object' ? additional : undefined);
    value = ownValue(value, key);
  }
  return { schema, value };
}

/** A property of an object or array, never one that it inherits. */
export function ownValue<T>(holder: Record<string, T> | undefined, key: string): T | undefined;
export function ownValue(holder: unknown, key: string): unknown;
export function ownValue(holder: unknown, key: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) return undefined;
  return (holder as Record<string, unknown>)[key];
}

/** Of forms that nothing names, the first whose required keys the value has, else the last. */
export function formIndex(forms: readonly JsonSchema[], value: unknown): number {
  const found = forms.findIndex(({ required = [] }) => required.every((key) => ownValue(value, key) !== undefined));
  return found < 0 ? forms.length - 1 : found;
}

function chooseForm(schema: JsonSchema, value: unknown): JsonSchema {
  const { anyOf } = schema;
  if (anyOf?.every(({ type }) => type === 'object')) {
    const decided = anyOf.some(({ properties = {} }) => Object.keys(properties).some((key) => hasOwn(value, key)));
    return decided ? anyOf[formIndex(anyOf, value)]! : anyForm(anyOf);
  }
  if (!schema.oneOf) return schema;
  const key = schema.oneOf.some((form) => form.properties?.['kind']) ? 'kind' : 'format';
  const named = ownValue(value, key);
  const chosen = schema.oneOf.find((form) => namesOf(form, key).includes(named));
  if (chosen) return chosen;
  // No form is named: what is certain is that the key must name one.
  const names = schema.oneOf.flatMap((form) => namesOf(form, key));
  return { type: 'object', properties: { [key]: { type: 'string', enum: names } }, required: [key] };
}

/** While nothing says which form is meant, every key may come next. */
function anyForm(forms: readonly JsonSchema[]): JsonSchema {
  const properties = Object.assign({}, ...forms.map((form) => form.properties)) as Record<string, JsonSchema>;
  return { type: 'object', properties, additionalProperties: false };
}

function hasOwn(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

function namesOf(form: JsonSchema, key: string): unknown[] {
  const property = form.properties?.[key];
  return property?.enum ?? (property?.const === undefined ? [] : [property.const]);
}
