import * as vscode from 'vscode';
import { schemaAt } from '../../engine/study/json-schema';
import type { DeviceReport } from '../engine/device-report';
import type { Devices } from '../engine/devices';
import { member } from './blocks';
import { jsonCursor, yamlCursor, type Cursor } from './cursor';
import { formulaFor } from './formulas';
import { isYaml, placeOf, readStudyDocument } from './study-document';
import { keySnippet, keySuggestions, valueSuggestions, type Suggestion } from './suggestions';
import { surroundings } from './surroundings';

const kinds: Record<Suggestion['kind'], vscode.CompletionItemKind> = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.EnumMember,
  domain: vscode.CompletionItemKind.Reference,
  class: vscode.CompletionItemKind.Reference,
  file: vscode.CompletionItemKind.File,
  folder: vscode.CompletionItemKind.Folder,
  column: vscode.CompletionItemKind.Field,
};

const patienceMs = 1500;

/** Completes keys and values by the schema, and names by what really exists in the workspace. */
export class StudyCompletion implements vscode.CompletionItemProvider {
  constructor(private readonly devices: Devices) {}

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionItem[]> {
    const yaml = isYaml(document);
    const offset = document.offsetAt(position);
    const text = document.getText();
    const cursor = yaml ? yamlCursor(text, offset) : jsonCursor(text, offset);
    if (!cursor) return [];
    const { source } = readStudyDocument(document);
    const schema = schemaAt(cursor.path, source.value);
    if (cursor.isKey) {
      const present = member(source.value, cursor.path);
      const keys = typeof present === 'object' && present !== null ? Object.keys(present) : [];
      const colon = /^\s*:/.test(text.slice(cursor.replace.offset + cursor.replace.length));
      return (schema ? keySuggestions(schema, keys) : []).map((suggestion, i) =>
        item(document, cursor, suggestion, i, keyText(suggestion, colon, yaml)),
      );
    }
    const place = placeOf(document);
    const around = place ? await surroundings(cursor.path, source.value, place, cursor.typed) : [];
    const known = schema ? valueSuggestions(schema.type === 'array' && schema.items ? schema.items : schema) : [];
    const isDevice = cursor.path.length === 1 && cursor.path[0] === 'device';
    const values = isDevice ? withDevices(known, await this.devicesSoon()) : known;
    return [...around, ...values].map((suggestion, i) =>
      item(document, cursor, suggestion, i, valueText(suggestion, yaml)),
    );
  }

  /** The devices of this machine; the first look takes seconds, for which nobody waits while typing. */
  private async devicesSoon(): Promise<DeviceReport | undefined> {
    const looked = this.devices.look();
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), patienceMs));
    return (await Promise.race([looked, late])) ?? this.devices.known;
  }
}

/** Devices that are here come first, with what they run on; of the others it says what is missing. */
function withDevices(suggestions: readonly Suggestion[], report: DeviceReport | undefined): Suggestion[] {
  if (!report) return [...suggestions];
  const found = new Map(report.devices.map((one) => [one.device, one]));
  const told = suggestions.map((suggestion): Suggestion => {
    const device = found.get(suggestion.label);
    if (suggestion.label === 'auto') return { ...suggestion, detail: vscode.l10n.t('here: {0}', report.best) };
    if (!device) return suggestion;
    return {
      ...suggestion,
      detail: device.present ? device.detail : vscode.l10n.t('not here: {0}', device.detail),
      documentation: [suggestion.documentation, device.mend].filter(Boolean).join('\n\n'),
    };
  });
  const isHere = ({ label }: Suggestion): boolean => found.get(label)?.present ?? true;
  return [...told.filter(isHere), ...told.filter((one) => !isHere(one))];
}

function keyText({ label, schema }: Suggestion, colon: boolean, yaml: boolean): vscode.SnippetString {
  if (colon) return new vscode.SnippetString().appendText(yaml ? label : JSON.stringify(label));
  return new vscode.SnippetString(keySnippet(label, schema, yaml));
}

function valueText({ value }: Suggestion, yaml: boolean): vscode.SnippetString {
  const plain = yaml && typeof value === 'string' && /^[\w./-]+$/.test(value);
  return new vscode.SnippetString().appendText(plain ? value : JSON.stringify(value));
}

function item(
  document: vscode.TextDocument,
  { replace, path }: Cursor,
  suggestion: Suggestion,
  order: number,
  insert: vscode.SnippetString,
): vscode.CompletionItem {
  const made = new vscode.CompletionItem(suggestion.label, kinds[suggestion.kind]);
  const range = new vscode.Range(
    document.positionAt(replace.offset),
    document.positionAt(replace.offset + replace.length),
  );
  made.range = range;
  made.insertText = insert;
  made.detail = suggestion.detail;
  const formula = suggestion.kind === 'key' ? formulaFor([...path, suggestion.label]) : undefined;
  const documentation = [suggestion.documentation, formula].filter((part) => part !== undefined).join('\n\n');
  if (documentation !== '') made.documentation = new vscode.MarkdownString(documentation);
  made.sortText = String(order).padStart(4, '0');
  // What stands there may begin with a quote; the editor compares with the text in the range.
  made.filterText = document.getText(range).startsWith('"') ? JSON.stringify(suggestion.label) : suggestion.label;
  if (suggestion.kind === 'folder') made.command = { command: 'editor.action.triggerSuggest', title: '' };
  return made;
}
