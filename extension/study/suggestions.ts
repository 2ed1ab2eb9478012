import * as vscode from 'vscode';
import type { JsonSchema } from '../../engine/study/json-schema';

/** One thing that could stand at the cursor. */
export interface Suggestion {
  /** The key, or the value as JSON knows it. */
  value: unknown;
  label: string;
  kind: 'key' | 'value' | 'domain' | 'class' | 'file' | 'folder' | 'column';
  detail?: string;
  documentation?: string;
  /** For a key: what its value begins as. */
  schema?: JsonSchema;
}

/** The keys that an object may still get. */
export function keySuggestions(schema: JsonSchema, present: readonly string[]): Suggestion[] {
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== '$schema' && !present.includes(name))
    .map(([name, member]) => ({
      value: name,
      label: name,
      kind: 'key',
      detail: typeName(member),
      documentation: member.description,
      schema: member,
    }));
}

/** The values that a schema names: its choices, its default. */
export function valueSuggestions(schema: JsonSchema): Suggestion[] {
  const values = [...choices(schema)];
  if (schema.default !== undefined && typeof schema.default !== 'object') values.push(schema.default);
  return [...new Set(values)].map((value) => ({
    value,
    label: typeof value === 'string' ? value : JSON.stringify(value),
    kind: 'value',
    detail: value === schema.default ? vscode.l10n.t('default') : undefined,
    documentation: schema.description,
  }));
}

function choices(schema: JsonSchema): unknown[] {
  if (schema.anyOf) return schema.anyOf.flatMap(choices);
  if (schema.enum) return schema.enum;
  if (schema.const !== undefined) return [schema.const];
  return schema.type === 'boolean' ? [true, false] : [];
}

/** What a value must be, in a word or two. */
export function typeName(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map(typeName).join(' or ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `list of ${schema.items ? typeName(schema.items) : 'values'}`;
  const fallback =
    schema.default === undefined || typeof schema.default === 'object' ? '' : ` = ${JSON.stringify(schema.default)}`;
  return `${schema.type ?? 'object'}${fallback}`;
}

/** A key with the beginning of its value, as a snippet of VS Code. */
export function keySnippet(name: string, schema: JsonSchema | undefined, isYaml: boolean): string {
  const body = valueSnippet(schema, isYaml);
  return isYaml ? `${name}:${body.startsWith('\n') ? '' : ' '}${body}` : `${JSON.stringify(name)}: ${body}`;
}

function valueSnippet(schema: JsonSchema | undefined, isYaml: boolean): string {
  const quote = isYaml ? '' : '"';
  const listed = schema ? choices(schema).map((value) => String(value)) : [];
  const value = schema?.default;
  if (schema?.type === 'object' || schema?.oneOf || schema?.additionalProperties)
    return isYaml ? '\n  $0' : '{\n\t$0\n}';
  if (schema?.type === 'array') return isYaml ? '[$0]' : '[$0]';
  if (typeof value === 'number' || typeof value === 'boolean') return `\${1:${value}}`;
  if (typeof value === 'string') return `${quote}\${1:${value}}${quote}`;
  if (listed.length > 0 && schema?.type === 'string') return `${quote}\${1:${listed[0]!}}${quote}`;
  if (schema?.type === 'string') return `${quote}$1${quote}`;
  return '$0';
}
