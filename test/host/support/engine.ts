import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs a study of a workspace by the command line, to its end. */
export function runByHand(workspace: string, study: string): void {
  const program = join(process.cwd(), 'engine', 'eigenprobe.mjs');
  const args = [program, 'run', join(workspace, study), '--workspace', workspace, '--json'];
  const { status, stderr, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The run of ${study} ended with ${status}:\n${stdout.slice(-2000)}${stderr}`);
}
