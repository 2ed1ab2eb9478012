import { Cancelled, UserError } from '../errors';
import { explainDiskError } from '../run/disk';
import { engineVersion } from '../run/version';
import { cancelledExitCode } from './interrupt';

/**
 * Tells what went wrong on stderr, with `json` also as one JSON line on stdout, and returns the exit code:
 * 2 for what the user can mend, 130 for what was cancelled, 1 for our own bugs, which show their stack.
 */
export function fail(thrown: unknown, json: boolean): number {
  const error = explainDiskError(thrown, process.cwd());
  if (error instanceof Cancelled) {
    process.stderr.write('Cancelled.\n');
    return cancelledExitCode;
  }
  const mendable = error instanceof UserError;
  if (json) {
    const message = error instanceof Error ? error.message : String(error);
    const details = mendable ? { code: error.code, where: error.where } : {};
    process.stdout.write(`${JSON.stringify({ type: 'error', bug: !mendable, message, ...details })}\n`);
  }
  if (mendable) {
    process.stderr.write(`${error.toString()}\n`);
    return 2;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${stack}\n\nThis is a bug in Eigenprobe ${engineVersion} (Node ${process.version}, ${process.platform}-${process.arch}). ` +
      'Please report it with the lines above and the study file.\n',
  );
  return 1;
}
