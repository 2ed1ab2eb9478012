import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellQuote } from './output';

/** The checkout that this program was built in; undefined where it was installed. */
export function checkoutRoot(): string | undefined {
  // dist/engine/*.mjs lies two folders below the root.
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  return existsSync(join(root, 'engine', 'main.ts')) ? root : undefined;
}

/** The command that opens a workspace in VS Code with this extension in it. */
export function openInEditorCommand(workspace: string, root: string | undefined = checkoutRoot()): string {
  const extension = root === undefined ? [] : [`--extensionDevelopmentPath=${root}`];
  return ['code', ...extension, workspace].map(shellQuote).join(' ');
}
