import * as vscode from 'vscode';
import { plain } from '../support/markdown';
import { schemaAt } from '../../engine/study/json-schema';
import type { RunStore } from '../runs/run-store';
import type { RunTree } from '../runs/run-tree';
import { blockMarkdown } from './block-markdown';
import type { BlockResults } from './block-results';
import { jsonCursor, yamlCursor } from './cursor';
import { shows } from './editor-settings';
import { formulaFor } from './formulas';
import { isYaml, readStudyDocument } from './study-document';
import { typeName } from './suggestions';

/** What a member means, what it may be, the theory behind it, and for a block the plot of its last result. */
export class StudyHover implements vscode.HoverProvider {
  constructor(
    private readonly results: BlockResults,
    private readonly store: RunStore,
    private readonly tree: RunTree,
  ) {}

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    const { source } = readStudyDocument(document);
    const path = this.pathAt(document, position);
    if (!path || path.length === 0) return undefined;
    const offset = document.offsetAt(position);
    const range = (['key', 'value'] as const)
      .map((part) => source.locate(path, part))
      .find((one) => one && one.offset <= offset && offset <= one.offset + one.length);
    if (!range) return undefined;
    const schema = schemaAt(path, source.value);
    const parts: vscode.MarkdownString[] = [];
    if (schema) {
      const text = new vscode.MarkdownString();
      text.appendMarkdown(`**${String(path.at(-1))}**: \`${typeName(schema)}\``);
      if (schema.description !== undefined) text.appendMarkdown('\n\n').appendMarkdown(plain(schema.description));
      parts.push(text);
    }
    const formula = formulaFor(path);
    if (formula !== undefined) parts.push(new vscode.MarkdownString(formula));
    if (path.length === 1 && shows('hoverPlots', document.uri)) {
      const result = (await this.results.of(document)).find(({ block }) => block.stage === path[0]);
      if (result) {
        const { results, store } = this;
        parts.push(
          await blockMarkdown(document, result, { results, store, baseline: this.tree.baseline, compact: true }),
        );
      }
    }
    if (parts.length === 0) return undefined;
    const marked = new vscode.Range(
      document.positionAt(range.offset),
      document.positionAt(range.offset + range.length),
    );
    return new vscode.Hover(parts, marked);
  }

  private pathAt(document: vscode.TextDocument, position: vscode.Position): (string | number)[] | undefined {
    const text = document.getText();
    const offset = document.offsetAt(position);
    if (!isYaml(document)) {
      const cursor = jsonCursor(text, offset);
      if (!cursor) return undefined;
      return cursor.isKey ? [...cursor.path, keyIn(text, cursor.replace)] : [...cursor.path];
    }
    const { line } = position;
    const content = document.lineAt(line).text;
    const key = /^(\s*(?:-\s+)?)("[^"]*"|'[^']*'|[\w$.-]+)\s*:/.exec(content);
    const end = key ? key[1]!.length + key[2]!.length : content.length;
    const isOnKey = key && position.character <= end;
    const at = document.offsetAt(new vscode.Position(line, isOnKey ? key[1]!.length : position.character));
    const cursor = yamlCursor(text, at);
    if (!cursor) return undefined;
    return cursor.isKey && key ? [...cursor.path, key[2]!.replace(/^(["'])(.*)\1$/, '$2')] : [...cursor.path];
  }
}

function keyIn(text: string, { offset, length }: { offset: number; length: number }): string {
  return text.slice(offset, offset + length).replace(/^"|"$/g, '');
}
