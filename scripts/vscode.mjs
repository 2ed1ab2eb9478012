import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { installCodeHost, startServer, workbenchUrl } from './support/code-host.mjs';
import { main, root, runOrFail } from './support/process.mjs';

function hasDesktop() {
  if (process.env.CI || (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY))
    return false;
  return spawnSync('code', ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0;
}

function openBrowser(url) {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? 'xdg-open';
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  // Where there is no browser the address in the terminal is enough.
  child.on('error', () => undefined);
  child.unref();
}

/**
 * `npm run vscode [-- <folder>] [--browser]`: opens the example, or a folder, in VS Code with this extension: the
 * desktop's where `code` is on the PATH, else one in the browser.
 */
await main(import.meta.url, async (args) => {
  await install();
  await build();
  const given = args.find((arg) => !arg.startsWith('--'));
  const folder = given ?? join(root, 'example');
  if (!given && !existsSync(join(folder, 'sketch-photo.eigenprobe.json'))) {
    await runOrFail(process.execPath, ['engine/eigenprobe.mjs', 'example', 'example']);
  }
  if (!args.includes('--browser') && hasDesktop()) {
    await runOrFail('code', [`--extensionDevelopmentPath=${root}`, folder], { shell: process.platform === 'win32' });
    return;
  }
  const host = await installCodeHost(undefined, { browser: false });
  const server = await startServer(host, { trust: false });
  const url = workbenchUrl(server, folder, { development: root });
  console.log(`\nVS Code runs in the browser: ${url}\nCtrl+C ends it; runs go on.`);
  openBrowser(url);
  await new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await server.stop();
});
