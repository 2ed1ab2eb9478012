import type * as z from 'zod';
import { formIndex, formsAt, ownValue, schemaAt, type JsonSchema } from './json-schema';
import type { DocumentPath, MemberPart } from './source-text';
import { listChoices, suggest } from './suggest';

/** One thing wrong with a study, and the member of the document to point at. */
export interface Finding {
  readonly path: DocumentPath;
  readonly part: MemberPart;
  readonly message: string;
}

/** `data.domains.mnist.path`, `finetune.methods[0]`; the root is "the study". */
export function pathText(path: DocumentPath): string {
  if (path.length === 0) return 'the study';
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
}

/** Turns what zod found into one sentence for each thing that the user can mend. */
export function describeIssue(issue: z.core.$ZodIssue, document: unknown): Finding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, document));

  const value = path.reduce<unknown>((holder, step) => ownValue(holder, String(step)), document);
  const forms = issue.code === 'invalid_union' ? formsAt(path, document) : undefined;
  if (issue.code === 'invalid_union' && forms && typeof value === 'object' && value !== null) {
    // Of forms of an object that one counts which the document means.
    const own = issue.errors[formIndex(forms, value)] ?? [];
    return own.flatMap((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, document));
  }
  const schema = schemaAt(path, document);
  const expected = schema ? expectation(schema) : 'another value';
  if (value === undefined) {
    return [{ path, part: 'value', message: `${sentenceStart(path)} is missing: it must be ${expected}.` }];
  }
  const meant = typeof value === 'string' ? suggest(value, choicesOf(schema)) : undefined;
  const hint =
    value === null && schema?.type === 'object'
      ? '; write {} for the defaults'
      : meant === undefined
        ? ''
        : `; did you mean "${meant}"?`;
  const message = `${sentenceStart(path)} must be ${expected}, not ${show(value)}${hint}`;
  return [{ path, part: 'value', message: message.endsWith('?') ? message : `${message}.` }];
}

function unknownKey(path: DocumentPath, key: string, document: unknown): Finding {
  const known = Object.keys(schemaAt(path, document)?.properties ?? {}).filter((name) => name !== '$schema');
  const meant = suggest(key, known);
  const rest = meant === undefined ? `; it may have ${listChoices(known, 'and')}.` : `; did you mean "${meant}"?`;
  return { path: [...path, key], part: 'key', message: `Unknown key "${key}" in ${pathText(path)}${rest}` };
}

function sentenceStart(path: DocumentPath): string {
  return path.length === 0 ? 'The study' : pathText(path);
}

function choicesOf(schema: JsonSchema | undefined): string[] {
  const choices = schema?.enum ?? (schema?.const === undefined ? [] : [schema.const]);
  const nested = (schema?.anyOf ?? []).flatMap(choicesOf);
  return [...choices.filter((choice): choice is string => typeof choice === 'string'), ...nested];
}

/** What a schema asks for, as it stands in "must be …". */
function expectation(schema: JsonSchema): string {
  if (schema.anyOf) return [...new Set(schema.anyOf.map(expectation))].join(' or ');
  const choices = choicesOf(schema);
  if (choices.length > 0) return `${choices.length > 1 ? 'one of ' : ''}${listChoices(choices)}`;
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `${schema.type === 'integer' ? 'an integer' : 'a number'}${bounds(schema)}`;
    case 'string': {
      const longest = schema.maxLength === undefined ? '' : ` of at most ${schema.maxLength} characters`;
      return `${schema.minLength ? 'a non-empty string' : 'a string'}${longest}`;
    }
    case 'boolean':
      return 'true or false';
    case 'array':
      return schema.minItems ? `a list of at least ${schema.minItems}` : 'a list';
    default:
      return 'an object { … }';
  }
}

function bounds(schema: JsonSchema): string {
  const whole = schema.type === 'integer';
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const parts: string[] = [];
  if (minimum !== undefined || (whole && above !== undefined)) parts.push(`of at least ${minimum ?? above! + 1}`);
  else if (above !== undefined) parts.push(`greater than ${above}`);
  if (maximum !== undefined) parts.push(`at most ${maximum}`);
  else if (below !== undefined) parts.push(`less than ${below}`);
  if (parts.length === 1 && maximum !== undefined) return ` of ${parts[0]}`;
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
