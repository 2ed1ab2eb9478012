import * as vscode from 'vscode';
import { parseStudy, type StudyProblem } from '../../engine/study/parse';
import type { Study } from '../../engine/study/schema';
import { parseJsonSource, parseYamlSource, type SourceDocument } from '../../engine/study/source-text';
import { findBlocks, type Block } from './blocks';
import type { Place } from './surroundings';

/** A study's text, read. */
export interface ReadStudy {
  source: SourceDocument;
  /** With every default; undefined while there are errors in the text. */
  study: Study | undefined;
  problems: readonly StudyProblem[];
  blocks: Block[];
}

export function isStudyDocument(document: vscode.TextDocument): boolean {
  return /\.eigenprobe\.(json|ya?ml)$/i.test(document.uri.path);
}

export function isYaml(document: vscode.TextDocument): boolean {
  return /\.ya?ml$/i.test(document.uri.path);
}

const read = new WeakMap<vscode.TextDocument, { version: number; value: ReadStudy }>();

/** Reads a study's text; once for each version of it. */
export function readStudyDocument(document: vscode.TextDocument): ReadStudy {
  const known = read.get(document);
  if (known?.version === document.version) return known.value;
  const text = document.getText();
  const source = isYaml(document) ? parseYamlSource(text) : parseJsonSource(text);
  const { study, errors } = parseStudy(text, document.uri.fsPath);
  const value = { source, study, problems: errors, blocks: findBlocks(source) };
  read.set(document, { version: document.version, value });
  return value;
}

/** Where a study lies; undefined outside the workspace and where there is no disk. */
export function placeOf(document: vscode.TextDocument): Place | undefined {
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  if (!folder || document.uri.scheme !== 'file') return undefined;
  return { file: document.uri.fsPath, workspace: folder.uri.fsPath };
}
