const { promises: fs } = require('node:fs');
const vscode = require('vscode');

/**
 * Files of a folder (EIGENPROBE_HOST_VIRTUAL) under a scheme of their own, to read alone: a virtual workspace. And
 * commands: one starts a run as a language model does, one tells whether the extension is active.
 */
exports.activate = (context) => {
  const { FileType, FileSystemError } = vscode;
  const root = process.env.EIGENPROBE_HOST_VIRTUAL;
  const missing = (uri) => () => {
    throw FileSystemError.FileNotFound(uri);
  };
  const refuse = (uri) => {
    throw FileSystemError.NoPermissions(uri);
  };
  const changed = new vscode.EventEmitter();
  const disk = {
    onDidChangeFile: changed.event,
    watch: () => new vscode.Disposable(() => undefined),
    stat: async (uri) => {
      const found = await fs.stat(root + uri.path).catch(missing(uri));
      const type = found.isDirectory() ? FileType.Directory : FileType.File;
      return { type, ctime: found.ctimeMs, mtime: found.mtimeMs, size: found.size };
    },
    readDirectory: async (uri) => {
      const entries = await fs.readdir(root + uri.path, { withFileTypes: true }).catch(missing(uri));
      return entries.map((entry) => [entry.name, entry.isDirectory() ? FileType.Directory : FileType.File]);
    },
    readFile: (uri) => fs.readFile(root + uri.path).catch(missing(uri)),
    writeFile: refuse,
    createDirectory: refuse,
    delete: refuse,
    rename: refuse,
  };
  context.subscriptions.push(
    // That a person has refused is an error, of which the palette would make a dialog.
    vscode.commands.registerCommand('eigenprobe-test.startRun', () =>
      vscode.lm
        .invokeTool('eigenprobe_run_study', { input: { study: 'shapes.eigenprobe.json' } })
        .then(undefined, () => undefined),
    ),
    vscode.commands.registerCommand('eigenprobe-test.isActive', () => {
      const { isActive } = vscode.extensions.getExtension('eigenprobe.eigenprobe');
      void vscode.window.showInformationMessage(isActive ? 'It is awake.' : 'It sleeps.');
    }),
    vscode.workspace.registerFileSystemProvider('eigenprobe-test', disk, { isReadonly: true, isCaseSensitive: true }),
  );
};
