import { setTimeout as sleep } from 'node:timers/promises';
import { cancelSweep, currentSnapshot } from '../sweep/current';
import type { Snapshot } from '../sweep/status';
import { findSweep, listSweeps, loadSweep, sweepsFolder } from '../sweep/store';
import { print, printJson, shortPath } from './output';
import { countsText } from './sweep-text';
import { findWorkspace } from './workspace';

/** `eigenprobe sweep list`: the workspace's sweeps with their counts, newest first. */
export async function listSweep(flags: { json?: boolean; workspace?: string }): Promise<void> {
  const workspace = findWorkspace(flags.workspace, '.');
  const sweeps = await Promise.all(
    (await listSweeps(workspace)).map(async (stored) => {
      const { rows, shared } = await currentSnapshot(await loadSweep(stored));
      const { id, name, study, createdAt, axes, rows: total } = stored.header;
      return { id, name, study, createdAt, axes, total, rows, shared };
    }),
  );
  if (flags.json) printJson(sweeps);
  else if (sweeps.length === 0) print(`There are no sweeps in ${shortPath(sweepsFolder(workspace))} yet.`);
  else for (const { id, name, rows, shared } of sweeps) print(`${id}  ${name}\n  ${countsText(rows, shared)}`);
}

const patienceMs = 30_000;

/** `eigenprobe sweep cancel <sweep>` */
export async function cancel(reference: string, flags: { workspace?: string }): Promise<void> {
  const sweep = await loadSweep(await findSweep(findWorkspace(flags.workspace, '.'), reference));
  await cancelSweep(sweep);
  const isActive = ({ rows, shared }: Snapshot): boolean =>
    [rows, shared].some((counts) => (counts.running ?? 0) + (counts.queued ?? 0) > 0);
  for (let waited = 0; waited < patienceMs; waited += 500) {
    const snapshot = await currentSnapshot(sweep);
    if (!isActive(snapshot)) {
      print(`The sweep ${sweep.header.id} is cancelled. ${countsText(snapshot.rows, snapshot.shared)}`);
      return;
    }
    await sleep(500);
  }
  print(`The sweep ${sweep.header.id} has been asked to stop; what is computing ends at its next step.`);
}
