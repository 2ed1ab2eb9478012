import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellQuote } from './output';

/** The checkout that this program was built in; undefined where it was installed. */
export function checkoutRoot(): string | undefined {
  // dist/engine/*.mjs lies two folders below the root.
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  return existsSync(join(root, 'engine', 'main.ts')) ? root : undefined;
}

/**
 * The command that opens a workspace in VS Code with this extension in it. A checkout has a script for it, which also
 * serves a VS Code in the browser where none is installed.
 */
export function openInEditorCommand(
  workspace: string,
  root: string | undefined = checkoutRoot(),
  cwd = process.cwd(),
): string {
  if (root === undefined) return ['code', workspace].map(shellQuote).join(' ');
  const prefix = resolve(cwd) === root ? [] : ['--prefix', root];
  const folder = resolve(workspace) === join(root, 'example') ? [] : ['--', resolve(workspace)];
  return ['npm', ...prefix, 'run', 'vscode', ...folder].map(shellQuote).join(' ');
}
