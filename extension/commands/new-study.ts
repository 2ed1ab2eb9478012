import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import * as vscode from 'vscode';
import { fileNameOf, newStudyText, type NewStudy } from '../study/new-study';
import { readLayout } from '../study/surroundings';

interface Candidate {
  label: string;
  description: string;
  path: string;
  source: 'folder' | 'npz' | 'csv' | 'parquet';
}

/** Leads from a folder of data to a study of it: finds data, asks for the domains' roles, writes and opens the file. */
export async function newStudy(given?: vscode.Uri): Promise<vscode.Uri | undefined> {
  const folder = await chooseFolder(given);
  if (!folder) return undefined;
  const root = folder.uri.fsPath;
  const data = given && given.fsPath !== root ? await candidateAt(given.fsPath, root) : await chooseData(root);
  if (!data) return undefined;
  const described = await describe(data, root);
  if (!described) return undefined;
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('New Study'),
    prompt: vscode.l10n.t('What shall the study be called?'),
    value: described.name,
    validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('A study needs a name.') : undefined),
  });
  if (name === undefined) return undefined;
  const uri = await freeName(folder.uri, fileNameOf(name));
  const text = newStudyText({ ...described, name: name.trim() });
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  await vscode.window.showTextDocument(uri);
  return uri;
}

async function chooseFolder(given?: vscode.Uri): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const own = given && vscode.workspace.getWorkspaceFolder(given);
  if (own) return own;
  if (folders.length === 0) throw new Error(vscode.l10n.t('Open the folder that holds your data first.'));
  return folders.length === 1
    ? folders[0]
    : vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('Folder that the study is written into') });
}

async function chooseData(root: string): Promise<Candidate | undefined> {
  const found = await findData(root);
  const browse = {
    label: `$(folder-opened) ${vscode.l10n.t('Browse…')}`,
    description: '',
    path: '',
    source: 'folder' as const,
  };
  const picked = await vscode.window.showQuickPick([...found, browse], {
    title: vscode.l10n.t('New Study'),
    placeHolder:
      found.length > 0
        ? vscode.l10n.t('The data to look at')
        : vscode.l10n.t('No images or tables were found near the top of {0}; choose a folder.', basename(root)),
    matchOnDescription: true,
  });
  if (picked !== browse) return picked;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      defaultUri: vscode.Uri.file(root),
      openLabel: vscode.l10n.t('Use Folder'),
    })) ?? [];
  return chosen && candidateAt(chosen.fsPath, root);
}

/** Folders of images and tables, down to three levels below the root. */
async function findData(root: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    const layout = await readLayout(folder);
    if (layout.classes.length > 1 && folder !== root && (await isImages(folder, layout))) {
      found.push(await candidate(folder, root));
      return;
    }
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const kind = /\.(npz|csv|parquet)$/i.exec(entry.name)?.[1]?.toLowerCase() as Candidate['source'] | undefined;
      if (entry.isFile() && kind) {
        const path = join(folder, entry.name);
        found.push({ label: slashes(relative(root, path)), description: kind, path, source: kind });
      }
    }
    if (depth === 0) return;
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') {
        await visit(join(folder, entry.name), depth - 1);
      }
    }
  };
  await visit(root, 2);
  return found;
}

async function isImages(
  folder: string,
  { domains, classes }: { domains: string[]; classes: string[] },
): Promise<boolean> {
  const [domain] = domains;
  for (const name of classes) {
    const cell = domain === undefined ? join(folder, name) : join(folder, domain, name);
    const names = await readdir(cell).catch(() => []);
    if (names.some((file) => /\.(png|jpe?g|webp)$/i.test(file))) return true;
  }
  return false;
}

async function candidate(folder: string, root: string): Promise<Candidate> {
  const { domains, classes } = await readLayout(folder);
  const description =
    domains.length > 0
      ? vscode.l10n.t('{0} domains ({1}), {2} classes', domains.length, domains.join(', '), classes.length)
      : vscode.l10n.t('{0} classes', classes.length);
  return { label: slashes(relative(root, folder)) || '.', description, path: folder, source: 'folder' };
}

async function candidateAt(path: string, root: string): Promise<Candidate> {
  const way = relative(root, path);
  if (way.startsWith('..')) {
    throw new Error(vscode.l10n.t('{0} lies outside the workspace; a study reads data inside it.', path));
  }
  const kind = /\.(npz|csv|parquet)$/i.exec(path)?.[1]?.toLowerCase() as Candidate['source'] | undefined;
  if (kind) return { label: slashes(way), description: kind, path, source: kind };
  const { domains, classes } = await readLayout(path);
  if (domains.length + classes.length === 0) {
    throw new Error(vscode.l10n.t('{0} has no folders of images: make one folder a class.', path));
  }
  return candidate(path, root);
}

async function describe({ source: kind, path }: Candidate, root: string): Promise<NewStudy | undefined> {
  const way = slashes(relative(root, path)) || '.';
  if (kind !== 'folder') {
    return {
      name: basename(path).replace(/\.\w+$/, ''),
      data: { kind: 'file', format: kind, path: way },
      images: false,
    };
  }
  const { domains } = await readLayout(path);
  const name = basename(path);
  if (domains.length < 2) return { name, data: { kind: 'folder', folder: way }, images: true };
  const source = await vscode.window.showQuickPick(domains, {
    title: vscode.l10n.t('New Study'),
    placeHolder: vscode.l10n.t('Source: the domain whose labels heads learn from'),
  });
  if (source === undefined) return undefined;
  const others = domains.filter((domain) => domain !== source);
  const target =
    others.length === 1
      ? others[0]
      : await vscode.window.showQuickPick(others, {
          title: vscode.l10n.t('New Study'),
          placeHolder: vscode.l10n.t('Target: the domain that heads are measured on'),
        });
  if (target === undefined) return undefined;
  return { name: `${source} to ${target}`, data: { kind: 'folder', folder: way, source, target }, images: true };
}

async function freeName(folder: vscode.Uri, stem: string): Promise<vscode.Uri> {
  for (let i = 1; ; i++) {
    const uri = vscode.Uri.joinPath(folder, `${stem}${i === 1 ? '' : `-${i}`}.eigenprobe.json`);
    const there = await vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (!there) return uri;
  }
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}
