import { findRun } from '../run/directory';
import { print, shortPath } from './output';
import { findWorkspace } from './workspace';
import { writeReport } from './write-report';

/** `eigenprobe report <run>`: writes the run's report again and says where it is. */
export async function report(reference: string, flags: { workspace?: string }): Promise<void> {
  const { directory } = await findRun(findWorkspace(flags.workspace, '.'), reference);
  print(shortPath(await writeReport(directory)));
}
