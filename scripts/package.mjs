import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { zipSync } from 'fflate';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { bundleText, collectTexts } from './l10n.mjs';
import { ScriptError, main, npm, root, runOrFail } from './support/process.mjs';

/** Native parts by VS Code's target: where ONNX Runtime keeps them, and the packages of sharp. */
export const targets = {
  'linux-x64': { onnx: 'linux/x64', sharp: ['sharp-linux-x64', 'sharp-libvips-linux-x64'] },
  'linux-arm64': { onnx: 'linux/arm64', sharp: ['sharp-linux-arm64', 'sharp-libvips-linux-arm64'] },
  'darwin-arm64': { onnx: 'darwin/arm64', sharp: ['sharp-darwin-arm64', 'sharp-libvips-darwin-arm64'] },
  'win32-x64': { onnx: 'win32/x64', sharp: ['sharp-win32-x64'] },
  'win32-arm64': { onnx: 'win32/arm64', sharp: ['sharp-win32-arm64'] },
};
/** Without ONNX Runtime only the eager reference would compute, which is no product. */
const impossible = { 'darwin-x64': 'ONNX Runtime has no build for Macs with Intel processors' };

/** Largest sizes, in bytes. Beyond them something is in that does not belong there. */
const limits = { extension: 500e3, panel: 400e3, vsix: 60e6 };

/** Packages that the engine loads from node_modules; everything else is in the bundles. */
const packages = ['onnxruntime-node', 'onnxruntime-common', 'sharp', 'detect-libc', 'semver', '@img/colour'];

/** Files below a folder by their path in the archive; maps and what only other programs read stay out. */
function collect(folder, into, files, keep = () => true) {
  if (!existsSync(folder)) throw new ScriptError(`${folder} is missing; run "npm ci" and build first.`);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).replaceAll('\\', '/');
    if (/\.(map|d\.ts|d\.cts|d\.mts|md|markdown)$/.test(name) || !keep(name)) continue;
    files.set(`${into}/${name}`, path);
  }
}

function keepOnnx(onnx) {
  // The CPU provider and what it needs; CUDA and TensorRT are downloads of their own.
  return (name) =>
    /^(package\.json|LICENSE|ThirdPartyNotices\.txt)$/.test(name) ||
    /^dist\//.test(name) ||
    (new RegExp(`^bin/napi-v\\d+/${onnx}/`).test(name) && !/providers_(cuda|tensorrt)/.test(name));
}

/** The native packages of sharp: those that are installed, others from the registry. */
async function sharpPackage(name, version, scratch) {
  const installed = join(root, 'node_modules/@img', name);
  if (existsSync(installed)) return installed;
  const folder = join(scratch, name);
  await mkdir(folder, { recursive: true });
  await npm(['pack', `@img/${name}@${version}`, '--silent', '--pack-destination', folder], {
    stdio: ['ignore', 'ignore', 2],
  });
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  await runOrFail('tar', ['-xzf', join(folder, archive), '-C', folder]);
  return join(folder, 'package');
}

/** The manifest as users get it: what only development needs is left out. */
function manifest() {
  const { scripts: _, devDependencies: __, dependencies: ___, overrides: ____, ...rest } = readManifest();
  return JSON.stringify(rest, null, 2);
}

function readManifest() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

const escapeXml = (text) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function vsixManifest(target, hasReadme) {
  const { name, publisher, version, displayName, description, categories, keywords, engines, extensionKind } =
    readManifest();
  const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'));
  const resolved = (text) => escapeXml(texts[/^%(.*)%$/.exec(text)?.[1]] ?? text);
  const asset = (type, path) => `<Asset Type="${type}" Path="${path}" Addressable="true" />`;
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}" TargetPlatform="${target}" />
    <DisplayName>${resolved(displayName)}</DisplayName>
    <Description xml:space="preserve">${resolved(description)}</Description>
    <Tags>${escapeXml(keywords.join(','))}</Tags>
    <Categories>${escapeXml(categories.join(','))}</Categories>
    <License>extension/LICENSE.txt</License>
    <Icon>extension/extension/media/icon.png</Icon>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${escapeXml(engines.vscode)}" />
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="${extensionKind.join(',')}" />
    </Properties>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code" /></Installation>
  <Dependencies />
  <Assets>
    ${asset('Microsoft.VisualStudio.Code.Manifest', 'extension/package.json')}
    ${asset('Microsoft.VisualStudio.Services.Icons.Default', 'extension/extension/media/icon.png')}
    ${asset('Microsoft.VisualStudio.Services.Content.License', 'extension/LICENSE.txt')}
    ${hasReadme ? asset('Microsoft.VisualStudio.Services.Content.Details', 'extension/README.md') : ''}
  </Assets>
</PackageManifest>
`;
}

const contentTypes = [
  'json',
  'cjs',
  'mjs',
  'js',
  'css',
  'svg',
  'png',
  'wasm',
  'node',
  'md',
  'txt',
  'vsixmanifest',
  'so',
  'dll',
  'dylib',
  '1',
  '3',
  '42',
];

function contentTypesXml(extensions) {
  const lines = extensions.map((name) => `  <Default Extension=".${name}" ContentType="application/octet-stream" />`);
  return `<?xml version="1.0" encoding="utf-8"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\n${lines.join('\n')}\n</Types>\n`;
}

/** Writes dist/eigenprobe-<version>-<target>.vsix from what `build` has built, and returns its path. */
export async function packageVsix(target, engineFiles) {
  const native = targets[target];
  if (impossible[target]) throw new ScriptError(`There is no target "${target}": ${impossible[target]}.`);
  if (!native) throw new ScriptError(`There is no target "${target}"; there are ${Object.keys(targets).join(', ')}.`);
  const files = new Map();
  const at = (path) => join(root, path);
  const scratch = await mkdtemp(join(tmpdir(), 'eigenprobe-package-'));
  try {
    const add = (path, name = path) => files.set(`extension/${name}`, at(path));
    add('package.nls.json');
    add('LICENSE', 'LICENSE.txt');
    add('engine/eigenprobe.mjs');
    if (existsSync(at('README.md'))) add('README.md');
    if (existsSync(at('CHANGELOG.md'))) add('CHANGELOG.md');
    add('dist/eigenprobe.schema.json');
    add('dist/extension/extension.cjs');
    collect(at('extension/media'), 'extension/extension/media', files);
    // The walkthrough's picture of a panel.
    add('docs/images/panel-clusters.png');
    // Parts of earlier builds lie there too, for runs that still load them.
    const isCurrent = (name) => !name.startsWith('part-') || engineFiles.includes(`dist/engine/${name}`);
    collect(at('dist/engine'), 'extension/dist/engine', files, isCurrent);
    collect(at('dist/webview'), 'extension/dist/webview', files);
    for (const name of packages) {
      const keep = name === 'onnxruntime-node' ? keepOnnx(native.onnx) : undefined;
      collect(at(`node_modules/${name}`), `extension/node_modules/${name}`, files, keep);
    }
    const binding = [...files.keys()].some((name) => name.endsWith(`${native.onnx}/onnxruntime_binding.node`));
    if (!binding) throw new ScriptError(`onnxruntime-node has no build for ${native.onnx}; the package would not run.`);
    const sharp = JSON.parse(readFileSync(at('node_modules/sharp/package.json'), 'utf8'));
    for (const name of native.sharp) {
      const folder = await sharpPackage(name, sharp.optionalDependencies[`@img/${name}`], scratch);
      collect(folder, `extension/node_modules/@img/${name}`, files);
    }
    const hasReadme = files.has('extension/README.md');
    const archive = {};
    const extensions = new Set(contentTypes);
    for (const [name, path] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      archive[name] = [readFileSync(path), { level: 6 }];
      const extension = /\.([^./]+)$/.exec(name)?.[1];
      if (extension) extensions.add(extension);
    }
    const text = (content) => new TextEncoder().encode(content);
    archive['extension/dist/l10n/bundle.l10n.json'] = text(bundleText(collectTexts().texts));
    archive['extension/package.json'] = text(manifest());
    archive['extension.vsixmanifest'] = text(vsixManifest(target, hasReadme));
    archive['[Content_Types].xml'] = text(contentTypesXml([...extensions]));
    const bytes = zipSync(archive, { mtime: new Date('2025-01-01') });
    const file = at(`dist/eigenprobe-${readManifest().version}-${target}.vsix`);
    await writeFile(file, bytes);
    return { file, bytes: bytes.length, files: files.size + 1 };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Fails where a bundle or the package is larger than it may be. */
export function checkSizes(vsixBytes) {
  const check = (name, bytes, limit) => {
    console.log(`${name}: ${(bytes / 1e3).toFixed(0)} kB (at most ${(limit / 1e3).toFixed(0)} kB)`);
    if (bytes > limit) throw new ScriptError(`${name} is larger than ${(limit / 1e3).toFixed(0)} kB.`);
  };
  check('extension host bundle', statSync(join(root, 'dist/extension/extension.cjs')).size, limits.extension);
  for (const name of readdirSync(join(root, 'dist/webview')).filter((file) => file.endsWith('.js'))) {
    check(`panel ${name}`, statSync(join(root, 'dist/webview', name)).size, limits.panel);
  }
  check('package', vsixBytes, limits.vsix);
}

/** `npm run package [-- --target darwin-arm64]`: by default for this machine; `--target all` for every one. */
await main(import.meta.url, async (args) => {
  const at = args.indexOf('--target');
  const wanted = at >= 0 ? args[at + 1] : `${process.platform}-${process.arch}`;
  await install();
  const engineFiles = await build({ minify: true });
  for (const target of wanted === 'all' ? Object.keys(targets) : [wanted]) {
    const { file, bytes, files } = await packageVsix(target, engineFiles);
    checkSizes(bytes);
    console.log(`Wrote ${relative(root, file)} (${files} files).`);
  }
});
