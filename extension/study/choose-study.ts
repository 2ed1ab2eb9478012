import * as vscode from 'vscode';

const pattern = '**/*.eigenprobe.{json,yaml,yml}';

/** True for the names that study files have. */
export function isStudy(uri: vscode.Uri): boolean {
  return /\.eigenprobe\.(json|ya?ml)$/i.test(uri.path);
}

/** The workspace's studies, by path. */
export async function findStudies(): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(pattern, '**/{node_modules,.eigenprobe}/**', 500);
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

/** The study that a command is about: the one given, the one in the editor, the only one there is, or one picked. */
export async function chooseStudy(given?: vscode.Uri): Promise<vscode.Uri | undefined> {
  if (given && isStudy(given)) return given;
  const open = vscode.window.activeTextEditor?.document.uri;
  if (open && isStudy(open)) return open;
  const found = await findStudies();
  if (found.length === 0)
    throw new Error(vscode.l10n.t('There is no study in this workspace; make one with "Eigenprobe: New Study…".'));
  if (found.length === 1) return found[0];
  const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Study') }))?.uri;
}

/** The workspace folder that a study lies in, whose .eigenprobe holds its runs. Throws where it lies on no disk. */
export function folderOf(study: vscode.Uri): vscode.WorkspaceFolder {
  const folder = vscode.workspace.getWorkspaceFolder(study);
  if (!folder) throw new Error(vscode.l10n.t('{0} lies outside the workspace; open its folder first.', study.fsPath));
  if (study.scheme !== 'file')
    throw new Error(vscode.l10n.t('The engine reads from a disk; {0} lies in a virtual workspace.', study.path));
  return folder;
}
