import * as vscode from 'vscode';

/** The kinds of results beside a study's text; each has a setting and a command of its own. */
export const resultKinds = ['codeLens', 'endOfLine', 'panels', 'hoverPlots'] as const;
export type ResultKind = (typeof resultKinds)[number];

export function shows(kind: ResultKind, scope?: vscode.Uri): boolean {
  return vscode.workspace.getConfiguration('eigenprobe.editor', scope).get(kind, true);
}

/** Turns a kind on or off for this user, or where the workspace has its own value, there. */
export async function toggle(kind: ResultKind): Promise<void> {
  const settings = vscode.workspace.getConfiguration('eigenprobe.editor');
  const target =
    settings.inspect(kind)?.workspaceValue === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await settings.update(kind, !settings.get(kind, true), target);
}
