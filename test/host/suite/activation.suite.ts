import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';

describe('activation', () => {
  it('happens by itself in a workspace with a study', async () => {
    const extension = vscode.extensions.getExtension('eigenprobe.eigenprobe');
    assert.ok(extension, 'the extension is installed');
    await extension.activate();
    assert.ok(extension.isActive);
  });

  it('registers every command of the manifest', async () => {
    const extension = vscode.extensions.getExtension('eigenprobe.eigenprobe')!;
    const manifest = extension.packageJSON as { contributes: { commands: { command: string }[] } };
    const there = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands.filter(({ command }) => !there.has(command));
    assert.deepEqual(missing, []);
  });
});
