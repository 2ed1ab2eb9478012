import { getLocation } from 'jsonc-parser';
import type { DocumentPath } from '../../engine/study/source-text';

/** What stands where someone is typing. */
export interface Cursor {
  /** Where the value goes that is being typed; for a key, the object that it belongs to. */
  path: DocumentPath;
  isKey: boolean;
  /** The text that a completion takes the place of. */
  replace: { offset: number; length: number };
  /** Text that is there already, without quotes. */
  typed: string;
}

/** The cursor in JSON with comments; the text may be as broken as text is while it is typed. */
export function jsonCursor(text: string, offset: number): Cursor | undefined {
  const { path, isAtPropertyKey, previousNode } = getLocation(text, offset);
  if (isInComment(text, offset)) return undefined;
  const inside = previousNode && previousNode.offset <= offset && offset <= previousNode.offset + previousNode.length;
  const replace = inside
    ? { offset: previousNode.offset, length: previousNode.length }
    : { offset: wordStart(text, offset), length: offset - wordStart(text, offset) };
  const typed = text.slice(replace.offset, offset).replace(/^"/, '');
  return { path: isAtPropertyKey ? path.slice(0, -1) : path, isKey: isAtPropertyKey, replace, typed };
}

function wordStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && /[\w.$-]/.test(text[start - 1]!)) start--;
  return start;
}

function isInComment(text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^\s*\/\//.test(line);
}

interface Line {
  indent: number;
  content: string;
  offset: number;
}

/** The cursor in YAML's block style, by indentation. Flow style is left to people. */
export function yamlCursor(text: string, offset: number): Cursor | undefined {
  const lines = readLines(text);
  const at = lines.findLastIndex((line) => line.offset <= offset);
  const line = lines[at];
  if (!line) return undefined;
  const before = text.slice(line.offset, offset);
  if (/(^|\s)#/.test(before)) return undefined;
  const item = /^(\s*)(-\s+)?(?:("[^"]*"|'[^']*'|[\w$.-]+)\s*:\s+)?(.*)$/.exec(before)!;
  const [, space = '', dash = '', key, typed = ''] = item;
  const start = offset - typed.length;
  const length = Math.max(0, endOfValue(text, start) - start);
  const indent = space.length + dash.length;
  if (key !== undefined) {
    const parents = parentsOf(lines, at, indent, dash !== '' ? space.length : undefined);
    return { path: [...parents, unquote(key)], isKey: false, replace: { offset: start, length }, typed };
  }
  if (dash !== '') {
    const path = parentsOf(lines, at, space.length + 1, space.length);
    return { path, isKey: false, replace: { offset: start, length }, typed };
  }
  return { path: parentsOf(lines, at, indent), isKey: true, replace: { offset: start, length }, typed };
}

function endOfValue(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end < 0 ? text.length : end);
  return start + (/^[^#:]*?(?=\s*(?:#|:|$))/.exec(line)?.[0].length ?? 0);
}

function readLines(text: string): Line[] {
  let offset = 0;
  return text.split('\n').map((content) => {
    const line = { indent: content.search(/\S|$/), content, offset };
    offset += content.length + 1;
    return line;
  });
}

/** Keys of the lines above that are indented less; an item's index where a list lies between. */
function parentsOf(lines: readonly Line[], at: number, indent: number, dashAt?: number): (string | number)[] {
  const path: (string | number)[] = [];
  let limit = indent;
  let dash = dashAt;
  let index = 0;
  for (let i = at - 1; i >= 0 && limit > 0; i--) {
    const { content, indent: own } = lines[i]!;
    if (content.trim() === '' || content.trimStart().startsWith('#')) continue;
    const match = /^\s*(-\s+)?(?:("[^"]*"|'[^']*'|[\w$.-]+)\s*:)?/.exec(content)!;
    const isItem = match[1] !== undefined || content.trim() === '-';
    if (dash !== undefined) {
      if (isItem && own === dash) {
        index++;
        continue;
      }
      if (own > dash) continue;
      if (match[2] === undefined) continue;
      path.unshift(index);
      path.unshift(unquote(match[2]));
      limit = own;
      dash = undefined;
      continue;
    }
    if (own >= limit) continue;
    if (isItem && own < limit) {
      dash = own;
      index = 0;
      limit = own + 1;
      continue;
    }
    if (match[2] === undefined) continue;
    path.unshift(unquote(match[2]));
    limit = own;
  }
  return path;
}

function unquote(key: string): string {
  return key.replace(/^(["'])(.*)\1$/, '$2');
}
