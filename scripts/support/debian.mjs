import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ScriptError, run } from './process.mjs';

/** True when Debian's dpkg knows the package as installed. */
function isInstalled(name) {
  const answer = spawnSync('dpkg-query', ['-W', '-f=${Status}', name], { encoding: 'utf8' });
  return answer.status === 0 && answer.stdout.includes('install ok installed');
}

/** Installs packages without letting the services among them start by themselves. */
const quietInstall = `policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
fi
apt-get install -y -q --no-install-recommends "$@"`;

/**
 * Installs the Debian packages that are missing, as root or through sudo without a password. Where that
 * cannot be done it fails with the command to run by hand.
 */
export async function ensureDebianPackages(names, why) {
  const missing = existsSync('/usr/bin/dpkg-query') ? names.filter((name) => !isInstalled(name)) : names;
  if (missing.length === 0) return;
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const fail = (reason) => {
    throw new ScriptError(`${why} needs ${missing.join(', ')}, and ${reason}. Run as root: ${byHand}`);
  };
  if (!existsSync('/usr/bin/apt-get')) fail('this system has no apt-get');
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true']).status !== 0) fail('this user may not install packages');
  console.log(`Installing Debian packages for ${why}: ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // apt's output goes to stderr: stdout belongs to the step that asked.
  const asRoot = (command, args) =>
    run(isRoot ? command : 'sudo', isRoot ? args : ['-n', 'DEBIAN_FRONTEND=noninteractive', command, ...args], {
      env,
      stdio: ['ignore', 2, 2],
    });
  // A stale mirror beside the one that works must not stop the installation: that is judged by its own exit code.
  await asRoot('apt-get', ['update', '-q']);
  const code = await asRoot('sh', ['-c', quietInstall, 'sh', ...missing]);
  if (code !== 0) fail(`apt-get ended with exit code ${code}`);
}
