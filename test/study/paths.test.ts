import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPathResolver } from '../../engine/study/paths';

let base: string;
let workspaceRoot: string;
let resolvePath: (path: string) => string;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'eigenprobe-paths-')));
  workspaceRoot = join(base, 'workspace');
  await mkdir(join(workspaceRoot, 'studies'), { recursive: true });
  await mkdir(join(workspaceRoot, 'data'));
  await mkdir(join(base, 'elsewhere', 'sets'), { recursive: true });
  await mkdir(join(base, 'workspace-two'));
  await writeFile(join(base, 'elsewhere', 'secret'), '');
  await symlink(join(base, 'elsewhere'), join(workspaceRoot, 'link'));
  await symlink(join(workspaceRoot, 'data'), join(workspaceRoot, 'inner-link'));
  await symlink(join(base, 'elsewhere', 'secret'), join(base, 'elsewhere', 'sets', 'escape'));
  resolvePath = createPathResolver({
    studyFolder: join(workspaceRoot, 'studies'),
    workspaceRoot,
    environment: { SETS: join(base, 'elsewhere', 'sets'), RELATIVE: 'sets', EMPTY: '' },
  });
});
afterAll(() => rm(base, { recursive: true }));

describe('paths of a study', () => {
  test('are relative to the study file and may go up within the workspace', () => {
    expect(resolvePath('x.npy')).toBe(join(workspaceRoot, 'studies', 'x.npy'));
    expect(resolvePath('../data/x.npy')).toBe(join(workspaceRoot, 'data', 'x.npy'));
    expect(resolvePath('../inner-link/x.npy')).toBe(join(workspaceRoot, 'inner-link', 'x.npy'));
    expect(resolvePath(join(workspaceRoot, 'data'))).toBe(join(workspaceRoot, 'data'));
  });

  test.each(['../../x', '../../workspace-two/x', '/etc/passwd', '../link', '../link/x', '../link/sets/new/x'])(
    '%s leaves the workspace',
    (path) => expect(() => resolvePath(path)).toThrow(/leaves the workspace/),
  );

  test('a workspace that is opened through a link is the same workspace', () => {
    const linked = createPathResolver({
      studyFolder: join(workspaceRoot, 'link'),
      workspaceRoot: join(base, 'elsewhere'),
    });
    expect(linked('secret')).toBe(join(workspaceRoot, 'link', 'secret'));
  });

  test('${NAME} allows the folder that it names, and nothing beyond', () => {
    expect(resolvePath('${SETS}/a.npy')).toBe(join(base, 'elsewhere', 'sets', 'a.npy'));
    expect(resolvePath('${SETS}')).toBe(join(base, 'elsewhere', 'sets'));
    expect(() => resolvePath('${SETS}/../secret')).toThrow(/leaves .*sets, the folder that SETS is set to/);
    expect(() => resolvePath('${SETS}/escape')).toThrow(/leaves/);
    expect(() => resolvePath('${SETS}-two/a')).toThrow(/a slash must follow \$\{SETS\}/);
  });

  test('variables that are of no use', () => {
    expect(() => resolvePath('${NOWHERE}/a')).toThrow(/environment variable NOWHERE, which is not set/);
    expect(() => resolvePath('${EMPTY}/a')).toThrow(/not set/);
    expect(() => resolvePath('${RELATIVE}/a')).toThrow(/set it to an absolute path/);
    expect(() => resolvePath('${}/a')).toThrow(/not a name/);
    expect(() => resolvePath('a\0b')).toThrow(/is not a path/);
  });
});
