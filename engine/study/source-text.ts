import {
  findNodeAtLocation,
  parseTree,
  printParseErrorCode,
  type Node as JsonNode,
  type ParseError,
} from 'jsonc-parser';
import {
  isMap,
  isNode,
  isPair,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Node as YamlNode,
  type Pair,
} from 'yaml';

/** Keys and indices from the root of a document to one of its values. */
export type DocumentPath = readonly (string | number)[];

/** A piece of text: `offset` and `length` count UTF-16 units, as editors do. */
export interface TextRange {
  readonly offset: number;
  readonly length: number;
}

/** Which part of a member to point at: its key, or its value. */
export type MemberPart = 'key' | 'value';

/** A parsed document that still knows where each of its values was written. */
export interface SourceDocument {
  readonly value: unknown;
  readonly syntaxErrors: readonly (TextRange & { readonly message: string })[];
  /** Where a member stands; undefined where the text has no such member. */
  locate(path: DocumentPath, part: MemberPart): TextRange | undefined;
}

const jsonErrorSentences: Record<string, string> = {
  InvalidSymbol: 'This is not JSON: expected a string in double quotes, a number, true, false, null, { or [.',
  InvalidNumberFormat: 'This is not a number that JSON knows.',
  PropertyNameExpected: 'Expected a key in double quotes.',
  ValueExpected: 'Expected a value.',
  ColonExpected: 'Expected a colon after the key.',
  CommaExpected: 'Expected a comma.',
  CloseBraceExpected: 'Expected a closing brace }.',
  CloseBracketExpected: 'Expected a closing bracket ].',
  EndOfFileExpected: 'Expected the end of the file: there is text after the study.',
  UnexpectedEndOfComment: 'The comment is not closed.',
  UnexpectedEndOfString: 'The string is not closed.',
  UnexpectedEndOfNumber: 'The number is not complete.',
};

/** Reads JSON with comments and trailing commas. Never throws. */
export function parseJsonSource(text: string): SourceDocument {
  const errors: ParseError[] = [];
  // An empty file gives no tree and, with allowEmptyContent unset, the error that a value is expected.
  const root = parseTree(text.replace(/^\uFEFF/, ' '), errors, { allowTrailingComma: true });
  const syntaxErrors = errors.map(({ error, offset, length }) => {
    const code = printParseErrorCode(error);
    return { offset, length, message: jsonErrorSentences[code] ?? `This is not valid JSON (${code}).` };
  });
  if (root) syntaxErrors.push(...duplicateKeys(root));
  return {
    value: root ? plainValue(root) : undefined,
    syntaxErrors,
    locate(path, part) {
      const node = root && findNodeAtLocation(root, [...path]);
      if (!node) return undefined;
      const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
      const chosen = part === 'key' ? (key ?? node) : node;
      return { offset: chosen.offset, length: chosen.length };
    },
  };
}

function plainValue(node: JsonNode): unknown {
  if (node.type === 'array') return (node.children ?? []).map(plainValue);
  if (node.type !== 'object') return node.value as unknown;
  const entries = (node.children ?? []).flatMap(({ children }): [string, unknown][] =>
    children?.[0] && children[1] ? [[String(children[0].value), plainValue(children[1])]] : [],
  );
  return Object.fromEntries(entries);
}

function duplicateKeys(node: JsonNode): (TextRange & { message: string })[] {
  const found: (TextRange & { message: string })[] = [];
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    const key = node.type === 'object' ? child.children?.[0] : undefined;
    if (key && seen.has(key.value)) {
      found.push({ offset: key.offset, length: key.length, message: `The key "${String(key.value)}" stands twice.` });
    }
    if (key) seen.add(key.value);
    found.push(...duplicateKeys(child));
  }
  return found;
}

/** Reads one YAML 1.2 document. Never throws. */
export function parseYamlSource(text: string): SourceDocument {
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: false, uniqueKeys: true });
  const syntaxErrors = document.errors.map(({ pos, message }) => ({
    offset: pos[0],
    length: Math.max(1, pos[1] - pos[0]),
    message: `This is not valid YAML: ${message.split('\n')[0]!.replace(/[.:]?\s*$/, '')}.`,
  }));
  let value: unknown;
  if (syntaxErrors.length === 0) {
    try {
      value = document.toJS();
    } catch (error) {
      // Unknown anchors, and aliases that would expand without end.
      const [alias] = aliases(document.contents);
      const message = `This YAML cannot be expanded: ${error instanceof Error ? error.message : String(error)}.`;
      syntaxErrors.push({ offset: alias?.offset ?? 0, length: alias?.length ?? 1, message });
    }
  }
  return {
    value,
    syntaxErrors,
    locate(path, part) {
      let node: unknown = document.contents;
      let key: unknown;
      for (const step of path) {
        key = undefined;
        if (isMap(node)) {
          const pair = node.items.find((item: Pair) => keyText(item.key) === String(step));
          if (!pair) return undefined;
          key = pair.key;
          node = isNode(pair.value) && pair.value.range ? pair.value : pair.key;
        } else if (isSeq(node)) {
          const item: unknown = node.items[Number(step)];
          node = isPair(item) ? item.value : item;
        } else return undefined;
      }
      return rangeOf(part === 'key' && key !== undefined ? key : node);
    },
  };
}

function keyText(key: unknown): string {
  return String(isNode(key) && 'value' in key ? key.value : key);
}

function rangeOf(node: unknown): TextRange | undefined {
  if (!isNode(node) || !node.range) return undefined;
  return { offset: node.range[0], length: Math.max(1, node.range[1] - node.range[0]) };
}

function aliases(root: YamlNode | null): TextRange[] {
  const ranges: TextRange[] = [];
  visit(root, { Alias: (_, node) => void ranges.push(rangeOf(node) ?? { offset: 0, length: 1 }) });
  return ranges;
}

/** One-based line and column of an offset. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}
