import { execFileSync } from 'node:child_process';

function run(script: string, ...args: string[]): string {
  return execFileSync('python3', ['-c', script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

let found: boolean | undefined;

/** True where python3 has NumPy: then files are also checked against it. */
export function hasNumpy(): boolean {
  if (found === undefined) {
    try {
      run('import numpy');
      found = true;
    } catch {
      found = false;
    }
  }
  return found;
}

/** Runs a script with NumPy as np and what it needs of the standard library; returns what it printed. */
export function numpy(script: string, ...args: string[]): string {
  return run(`import sys, json, gzip, struct\nimport numpy as np\n${script}`, ...args).trim();
}
