import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors';
import { findRun, readRun, runFiles } from '../run/directory';
import { print } from './output';
import { findWorkspace } from './workspace';

const patienceMs = 30_000;

/** `eigenprobe cancel <run>`: asks the process that computes to stop in good order, on whatever host it is. */
export async function cancel(reference: string, flags: { workspace?: string }): Promise<void> {
  const { directory, record, state } = await findRun(findWorkspace(flags.workspace, '.'), reference);
  if (state !== 'running') {
    throw new UserError('not-running', `The run ${record.id} is not running: it is ${state}.`);
  }
  // The engine looks for this file at each heartbeat; the signal is only quicker, and POSIX's alone is gentle.
  await writeFile(join(directory, runFiles.cancelRequest), '');
  if (record.process.host === hostname() && process.platform !== 'win32') {
    try {
      process.kill(record.process.pid, 'SIGTERM');
    } catch {
      // Another user's process, or one that has just ended: the file says it as well.
    }
  }
  for (let waited = 0; waited < patienceMs; waited += 100) {
    const now = await readRun(directory);
    if (now && now.state !== 'running') {
      print(`The run ${record.id} is ${now.state}.`);
      return;
    }
    await sleep(100);
  }
  print(`The run ${record.id} has been asked to stop and will do so at its next step.`);
}
