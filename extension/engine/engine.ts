import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { chooseNode, type NodeProgram } from './node';

export interface EngineAnswer {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** The engine's program and how it is started. It always runs as a process of its own. */
export class Engine {
  readonly program: string;

  constructor(
    extensionUri: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.program = vscode.Uri.joinPath(extensionUri, 'dist', 'engine', 'main.mjs').fsPath;
  }

  async node(): Promise<NodeProgram> {
    const setting = vscode.workspace.getConfiguration('eigenprobe').get('nodePath', '');
    const chosen = await chooseNode(setting, process.execPath, askVersion);
    this.log.debug(`The engine runs on ${chosen.path}.`);
    return chosen;
  }

  /** Runs a short command of the engine to its end and gives what it said. Throws where it cannot be started. */
  async ask(args: readonly string[], cwd: string): Promise<EngineAnswer> {
    const { path, env } = await this.node();
    this.log.debug(`eigenprobe ${args.join(' ')}`);
    return new Promise((resolve, reject) => {
      const options = { cwd, env: { ...process.env, ...env }, timeout: 60_000, maxBuffer: 16 * 2 ** 20 };
      execFile(path, [this.program, ...args], options, (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number') reject(new Error(`The engine did not answer: ${error.message}`));
        else resolve({ stdout, stderr, exitCode: Number(error?.code ?? 0) });
      });
    });
  }
}

function askVersion(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 10_000 }, (error, stdout) => resolve(error ? undefined : stdout));
  });
}
