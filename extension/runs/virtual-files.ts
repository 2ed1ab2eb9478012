import * as vscode from 'vscode';
import type { RunFiles } from './run-index';

/** Runs in a virtual workspace, read through the editor. */
export function virtualFiles(folder: vscode.Uri): RunFiles {
  const { fs } = vscode.workspace;
  const at = (path: string): vscode.Uri => vscode.Uri.joinPath(folder, path);
  return {
    names: async () => {
      const entries = await settle(fs.readDirectory(folder));
      return (entries ?? []).filter(([, type]) => (type & vscode.FileType.Directory) !== 0).map(([name]) => name);
    },
    stamp: async (path) => {
      const found = await settle(fs.stat(at(path)));
      return found && `${found.mtime} ${found.size}`;
    },
    text: async (path) => {
      const bytes = await settle(fs.readFile(at(path)));
      return bytes && new TextDecoder().decode(bytes);
    },
  };
}

async function settle<T>(promise: Thenable<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}
