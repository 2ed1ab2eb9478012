import * as vscode from 'vscode';
import type { Engine } from '../engine/engine';
import { chooseStudy, folderOf } from '../study/choose-study';

/** Runs a study in a task of its own, so that the terminal shows the engine's progress and Ctrl+C cancels it. */
export async function runStudy(engine: Engine, given?: vscode.Uri): Promise<void> {
  const study = await chooseStudy(given);
  if (!study) return;
  const folder = folderOf(study);
  // The engine reads the file, not the editor.
  await vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === study.toString())?.save();
  const { path, env } = await engine.node();
  const name = vscode.workspace.asRelativePath(study, false);
  const task = new vscode.Task(
    { type: 'eigenprobe', study: name },
    folder,
    name,
    'Eigenprobe',
    new vscode.ProcessExecution(path, [engine.program, 'run', study.fsPath, '--workspace', folder.uri.fsPath], {
      cwd: folder.uri.fsPath,
      env,
    }),
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated };
  await vscode.tasks.executeTask(task);
}
