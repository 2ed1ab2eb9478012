import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScriptError, main, npm, root } from './support/process.mjs';

const minimumNode = 20;

function packagesIn(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/**
 * Why node_modules does not hold what the lockfile says, or undefined when it does. npm writes
 * node_modules/.package-lock.json as its last step, so it is the stamp of a finished installation.
 */
function staleBecause() {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  const stamp = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(stamp)) return 'the last installation did not finish';
  const installed = packagesIn(stamp);
  for (const [path, entry] of Object.entries(packagesIn(join(root, 'package-lock.json')))) {
    if (path === '' || entry.optional || entry.devOptional || entry.peer) continue;
    if (installed[path]?.version !== entry.version) return `${path} differs from the lockfile`;
  }
  return undefined;
}

/** Installs the dependencies of the lockfile with `npm ci` when node_modules does not match it. */
export async function install() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < minimumNode)
    throw new ScriptError(`Eigenprobe needs Node ${minimumNode} or newer, and this is ${process.version}.`);
  const reason = staleBecause();
  if (reason === undefined) return;
  console.log(`Installing dependencies with npm ci: ${reason}.`);
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
}

await main(import.meta.url, install);
