import * as vscode from 'vscode';

/** Oldest Node that the engine runs on. */
export const minimumNode = 20;

/** A program that runs the engine, and the environment that makes it a plain Node. */
export interface NodeProgram {
  path: string;
  env: Record<string, string>;
}

/** Asks a program for its version (`v20.11.0`); undefined where it cannot be run. */
export type AskVersion = (path: string) => Promise<string | undefined>;

/** Loads the engine's native parts in a program; what went wrong, or undefined where all are there. */
export type SelfTest = (program: NodeProgram) => Promise<string | undefined>;

/** The major version in `v20.11.0`; 0 where the text is none. */
export function majorVersion(text: string | undefined): number {
  return Number(/^v?(\d+)\./.exec(text?.trim() ?? '')?.[1] ?? 0);
}

/**
 * The Node that runs the engine: the one in the settings, which must fit; else the one on the PATH; else the
 * editor's own, told to be a plain Node, if the engine's native parts load in it. Throws with a sentence where
 * none fits.
 */
export async function chooseNode(
  setting: string,
  own: string,
  ask: AskVersion,
  selfTest: SelfTest,
): Promise<NodeProgram> {
  if (setting !== '') {
    const version = await ask(setting);
    if (majorVersion(version) >= minimumNode) return { path: setting, env: {} };
    throw new Error(
      version === undefined
        ? vscode.l10n.t(
            'The setting eigenprobe.nodePath names {0}, which does not run; name a Node {1} or newer, or clear the setting.',
            setting,
            minimumNode,
          )
        : vscode.l10n.t(
            'The setting eigenprobe.nodePath names Node {0}; Eigenprobe needs {1} or newer.',
            version.trim(),
            minimumNode,
          ),
    );
  }
  if (majorVersion(await ask('node')) >= minimumNode) return { path: 'node', env: {} };
  const editor = { path: own, env: { ELECTRON_RUN_AS_NODE: '1' } };
  const problem = await selfTest(editor);
  if (problem === undefined) return editor;
  throw new Error(
    vscode.l10n.t(
      'There is no Node {0} or newer on the PATH, and the engine does not run on the editor’s own ({1}); install Node, or name one in the setting eigenprobe.nodePath.',
      minimumNode,
      problem,
    ),
  );
}
