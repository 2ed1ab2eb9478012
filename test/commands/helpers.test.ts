import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openInEditorCommand, checkoutRoot } from '../../engine/commands/checkout';
import { shellQuote } from '../../engine/commands/output';
import { findWorkspace } from '../../engine/commands/workspace';
import { UserError } from '../../engine/errors';
import { temporaryFolder } from '../run/support/process';

let root: string;
beforeEach(() => {
  const temporary = temporaryFolder();
  root = temporary.path;
  mkdirSync(join(root, 'project', 'studies', 'deep'), { recursive: true });
  return temporary.remove;
});

describe('the workspace', () => {
  test('is the nearest folder above the study that has .eigenprobe', () => {
    mkdirSync(join(root, 'project', '.eigenprobe'));
    const studies = join(root, 'project', 'studies');
    expect(findWorkspace(undefined, join(studies, 'deep'), studies)).toBe(join(root, 'project'));
  });

  test('is else the current folder when the study lies in it, else the study’s folder', () => {
    const study = join(root, 'project', 'studies');
    expect(findWorkspace(undefined, study, join(root, 'project'))).toBe(join(root, 'project'));
    expect(findWorkspace(undefined, study, join(study, 'deep'))).toBe(study);
    expect(findWorkspace(undefined, study, '/')).toBe(study);
  });

  test('is the one that is given, if it is there', () => {
    expect(findWorkspace('project', 'anywhere', root)).toBe(join(root, 'project'));
    expect(() => findWorkspace('none', '.', root)).toThrow(UserError);
  });
});

describe('the command that opens VS Code', () => {
  test('loads the extension of a checkout', () => {
    expect(openInEditorCommand('/home/me/my data', '/src/eigenprobe', '/home/me')).toBe(
      "npm --prefix /src/eigenprobe run vscode -- '/home/me/my data'",
    );
    expect(openInEditorCommand('/src/eigenprobe/example', '/src/eigenprobe', '/src/eigenprobe')).toBe('npm run vscode');
    expect(checkoutRoot()).toBe(resolve('.'));
  });

  test('is quoted for the shell', () => {
    expect(shellQuote('a/b-c.d')).toBe('a/b-c.d');
    expect(shellQuote("it's")).toBe("'it'\\''s'");
  });
});
