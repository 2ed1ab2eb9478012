import * as vscode from 'vscode';
import { modify } from 'jsonc-parser';
import { diagnosticSource } from './diagnostics';
import { fixesFor, type Fix } from './fixes';
import { isYaml } from './study-document';

/** Mends what the diagnostics say, without touching how the rest is written. */
export class StudyQuickFixes implements vscode.CodeActionProvider {
  provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    return diagnostics
      .filter(({ source }) => source === diagnosticSource)
      .flatMap((diagnostic) =>
        fixesFor(diagnostic.message).map((fix, i) => {
          const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
          action.diagnostics = [diagnostic];
          action.isPreferred = i === 0;
          action.edit = new vscode.WorkspaceEdit();
          for (const edit of editsOf(document, diagnostic.range, fix))
            action.edit.replace(document.uri, edit.range, edit.newText);
          return action;
        }),
      );
  }
}

function editsOf(document: vscode.TextDocument, range: vscode.Range, fix: Fix): vscode.TextEdit[] {
  const yaml = isYaml(document);
  if (fix.replaceBy !== undefined) {
    return [vscode.TextEdit.replace(range, yaml ? fix.replaceBy : JSON.stringify(fix.replaceBy))];
  }
  if (fix.emptyBlock) return [vscode.TextEdit.replace(range, '{}')];
  if (fix.addBlock !== undefined) return addBlock(document, fix.addBlock, yaml);
  if (fix.remove) return [vscode.TextEdit.delete(memberRange(document, range, yaml))];
  return [];
}

function addBlock(document: vscode.TextDocument, name: string, yaml: boolean): vscode.TextEdit[] {
  const text = document.getText();
  if (yaml) {
    const end = document.lineAt(document.lineCount - 1).range.end;
    return [vscode.TextEdit.insert(end, `${text.endsWith('\n') || text === '' ? '' : '\n'}${name}: {}\n`)];
  }
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const formattingOptions = { insertSpaces: !indent.includes('\t'), tabSize: indent.length, eol: '\n' };
  return modify(text, [name], {}, { formattingOptions }).map(({ offset, length, content }) =>
    vscode.TextEdit.replace(
      new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)),
      content,
    ),
  );
}

/** The whole member whose key or value is marked, with its line and its comma. */
function memberRange(document: vscode.TextDocument, marked: vscode.Range, yaml: boolean): vscode.Range {
  const { line } = marked.start;
  if (yaml) {
    const indent = document.lineAt(line).firstNonWhitespaceCharacterIndex;
    let last = line + 1;
    while (last < document.lineCount) {
      const { isEmptyOrWhitespace, firstNonWhitespaceCharacterIndex } = document.lineAt(last);
      if (!isEmptyOrWhitespace && firstNonWhitespaceCharacterIndex <= indent) break;
      last++;
    }
    return new vscode.Range(line, 0, last, 0);
  }
  const text = document.getText();
  const start = document.offsetAt(marked.start);
  const end = endOfMember(text, start);
  const before = /,?\s*$/.exec(text.slice(0, start))![0];
  const hasCommaAfter = text[end] === ',';
  // Of two commas one stays: the one behind goes with the member, else the one before it.
  const from =
    hasCommaAfter || !before.startsWith(',')
      ? start - /[ \t]*$/.exec(text.slice(0, start))![0].length
      : start - before.length;
  let to = hasCommaAfter ? end + 1 : end;
  if (from !== start - before.length && text[to] === '\n') to++;
  return new vscode.Range(document.positionAt(from), document.positionAt(to));
}

/** The end of `"key": value` that begins at an offset; strings and brackets inside are skipped. */
function endOfMember(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const character = text[i]!;
    if (character === '"') i = endOfString(text, i);
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      if (depth === 0) return i;
      depth--;
    } else if (depth === 0 && (character === ',' || (character === '\n' && /:/.test(text.slice(start, i))))) return i;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
