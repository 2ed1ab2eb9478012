import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { chooseNode, type NodeProgram } from './node';

export interface EngineAnswer {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Loads what the engine cannot do without, from where the engine would. */
const selfTestScript =
  'const load = require("module").createRequire(process.argv[1]);' +
  'load("onnxruntime-node"); load("sharp"); console.log(process.version);';

/** The engine's program and how it is started. It always runs as a process of its own. */
export class Engine {
  readonly program: string;
  private chosen: { setting: string; node: Promise<NodeProgram> } | undefined;

  constructor(
    extensionUri: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.program = vscode.Uri.joinPath(extensionUri, 'dist', 'engine', 'main.mjs').fsPath;
  }

  /** The Node that runs the engine; looked for once, and again when the setting changes. */
  async node(): Promise<NodeProgram> {
    if (!existsSync(this.program)) {
      throw new Error(vscode.l10n.t('The engine {0} is missing; install the extension again.', this.program));
    }
    const setting = vscode.workspace.getConfiguration('eigenprobe').get('nodePath', '').trim();
    if (this.chosen?.setting !== setting) {
      this.chosen = { setting, node: chooseNode(setting, process.execPath, askVersion, (node) => this.selfTest(node)) };
      // A failure is looked for again: the user mends it and tries once more.
      this.chosen.node.catch(() => (this.chosen = undefined));
    }
    const node = await this.chosen.node;
    this.log.debug(`The engine runs on ${node.path}.`);
    return node;
  }

  /**
   * Runs a short command of the engine to its end and gives what it said; a cancelled one ends with exit code 130.
   * Throws where it cannot be started.
   */
  async ask(
    args: readonly string[],
    cwd: string | undefined,
    { timeout = 60_000, token }: { timeout?: number; token?: vscode.CancellationToken } = {},
  ): Promise<EngineAnswer> {
    const { path, env } = await this.node();
    this.log.debug(`eigenprobe ${args.join(' ')}`);
    return new Promise((resolve, reject) => {
      const options = { cwd, env: { ...process.env, ...env }, timeout, maxBuffer: 16 * 2 ** 20 };
      const child = execFile(path, [this.program, ...args], options, (error, stdout, stderr) => {
        cancelling?.dispose();
        if (token?.isCancellationRequested) resolve({ stdout, stderr, exitCode: 130 });
        else if (error && typeof error.code !== 'number')
          reject(new Error(vscode.l10n.t('The engine did not answer: {0}', error.message)));
        else resolve({ stdout, stderr, exitCode: Number(error?.code ?? 0) });
      });
      const cancelling = token?.onCancellationRequested(() => child.kill());
    });
  }

  private selfTest({ path, env }: NodeProgram): Promise<string | undefined> {
    return new Promise((resolve) => {
      const options = { env: { ...process.env, ...env }, timeout: 30_000 };
      execFile(path, ['-e', selfTestScript, this.program], options, (error, _, stderr) =>
        resolve(error ? (/^\w*Error: .*$/m.exec(stderr)?.[0] ?? error.message.split('\n')[0]) : undefined),
      );
    });
  }
}

function askVersion(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 10_000 }, (error, stdout) => resolve(error ? undefined : stdout));
  });
}
