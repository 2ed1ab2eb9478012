import * as vscode from 'vscode';
import { unknownDomain } from '../../engine/study/domains';
import { missingData } from '../../engine/study/missing-data';
import type { StudyProblem } from '../../engine/study/parse';
import { positionOf } from '../../engine/study/source-text';
import { member } from './blocks';
import { isStudyDocument, isYaml, placeOf, readStudyDocument } from './study-document';
import { domainNames } from './surroundings';

const quietMs = 250;
export const diagnosticSource = 'eigenprobe';

/** Says what is wrong in the studies that are open, a moment after each change. */
export class StudyDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('eigenprobe');
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly subscriptions: vscode.Disposable[];

  constructor() {
    this.subscriptions = [
      this.collection,
      vscode.workspace.onDidOpenTextDocument((document) => this.soon(document, 0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.soon(document, quietMs)),
      vscode.workspace.onDidCloseTextDocument((document) => this.collection.delete(document.uri)),
    ];
    for (const document of vscode.workspace.textDocuments) this.soon(document, 0);
  }

  /** Checks one study now and returns how many problems it has. */
  async check(document: vscode.TextDocument): Promise<number> {
    const { version } = document;
    const problems = await findProblems(document);
    if (document.isClosed || document.version !== version) return problems.length;
    this.collection.set(document.uri, problems);
    return problems.length;
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private soon(document: vscode.TextDocument, delay: number): void {
    if (!isStudyDocument(document)) return;
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        if (!document.isClosed) void this.check(document);
      }, delay),
    );
  }
}

async function findProblems(document: vscode.TextDocument): Promise<vscode.Diagnostic[]> {
  const { source, study, problems } = readStudyDocument(document);
  // VS Code's own JSON support speaks about syntax already.
  if (source.syntaxErrors.length > 0 && !isYaml(document)) return [];
  const found = problems.map((problem) => diagnostic(document, problem));
  const place = placeOf(document);
  if (!study || !place) return found;
  const missing = missingData(study, document.getText(), place.file, place.workspace);
  if (missing.length > 0) return [...found, ...missing.map((problem) => diagnostic(document, problem))];
  // Names of domains in folders, which the engine sees only when it reads them.
  const names = study.data.domains ? [] : await domainNames(study, place);
  for (const role of ['source', 'target'] as const) {
    const name = member(study, ['data', role]);
    if (typeof name !== 'string' || names.length === 0 || names.includes(name)) continue;
    const range = source.locate(['data', role], 'value');
    if (!range) continue;
    const message = unknownDomain(name, `data.${role}`, names);
    const position = positionOf(document.getText(), range.offset);
    const path = ['data', role];
    found.push(diagnostic(document, { message, file: place.file, ...position, length: range.length, path }));
  }
  return found;
}

function diagnostic(document: vscode.TextDocument, { message, line, column, length }: StudyProblem): vscode.Diagnostic {
  const start = new vscode.Position(line - 1, column - 1);
  const end = document.positionAt(document.offsetAt(start) + length);
  // A problem with a whole block is shown on its first line.
  const last = end.line > start.line ? document.lineAt(start.line).range.end : end;
  const found = new vscode.Diagnostic(new vscode.Range(start, last), message, vscode.DiagnosticSeverity.Error);
  found.source = diagnosticSource;
  return found;
}
