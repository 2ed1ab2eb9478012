import * as vscode from 'vscode';
import type { Engine } from '../engine/engine';
import { chooseStudy, folderOf } from '../study/choose-study';
import { rangeOf, readProblems } from '../study/problems';

/** Checks a study with the engine and shows what is wrong at its place. */
export async function checkStudy(
  engine: Engine,
  collection: vscode.DiagnosticCollection,
  given?: vscode.Uri,
): Promise<void> {
  const study = await chooseStudy(given);
  if (!study) return;
  const folder = folderOf(study).uri.fsPath;
  const document = await vscode.workspace.openTextDocument(study);
  await document.save();
  const { stdout, stderr } = await engine.ask(['check', study.fsPath, '--json', '--workspace', folder], folder);
  const problems = readProblems(stdout, stderr);
  collection.set(
    study,
    problems.map((problem) => {
      const { line, start, end } = rangeOf(problem);
      const range = document.validateRange(new vscode.Range(line, start, line, end));
      const diagnostic = new vscode.Diagnostic(range, problem.message, vscode.DiagnosticSeverity.Error);
      diagnostic.source = 'eigenprobe';
      return diagnostic;
    }),
  );
  if (problems.length === 0) {
    vscode.window.setStatusBarMessage(vscode.l10n.t('$(check) The study has no problems.'), 5000);
    return;
  }
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand('workbench.actions.view.problems');
}
