import * as vscode from 'vscode';
import type { Engine } from '../engine/engine';
import { findStudies } from '../study/choose-study';

export const taskType = 'eigenprobe';

interface StudyTask extends vscode.TaskDefinition {
  /** Relative to the workspace folder. */
  study: string;
  stage?: string;
  fresh?: boolean;
}

/** Studies as tasks: the engine's own output in a terminal, and a name for tasks.json. */
export class StudyTasks implements vscode.TaskProvider {
  constructor(private readonly engine: Engine) {}

  async provideTasks(): Promise<vscode.Task[]> {
    const studies = await findStudies();
    const onDisk = studies.filter((uri) => uri.scheme === 'file');
    const tasks = await Promise.all(
      onDisk.map(async (uri) => {
        const folder = vscode.workspace.getWorkspaceFolder(uri);
        const study = vscode.workspace.asRelativePath(uri, false);
        return folder ? await this.task(folder, { type: taskType, study }) : undefined;
      }),
    );
    return tasks.filter((task) => task !== undefined);
  }

  resolveTask(task: vscode.Task): Promise<vscode.Task> | undefined {
    const { scope, definition } = task;
    const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
    return folder && typeof definition.study === 'string' ? this.task(folder, definition as StudyTask) : undefined;
  }

  private async task(folder: vscode.WorkspaceFolder, definition: StudyTask): Promise<vscode.Task> {
    const { study, stage, fresh } = definition;
    const { path, env } = await this.engine.node();
    const root = folder.uri.fsPath;
    const file = vscode.Uri.joinPath(folder.uri, study).fsPath;
    const flags = [...(stage === undefined ? [] : ['--stage', stage]), ...(fresh === true ? ['--fresh'] : [])];
    const name = stage === undefined ? study : `${study}: ${stage}`;
    const execution = new vscode.ProcessExecution(
      path,
      [this.engine.program, 'run', file, '--workspace', root, ...flags],
      {
        cwd: root,
        env,
      },
    );
    const task = new vscode.Task(definition, folder, name, 'Eigenprobe', execution);
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated };
    return task;
  }
}
