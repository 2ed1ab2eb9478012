import { UserError } from '../errors';

/** The code of a system error, e.g. ENOENT; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The sentence for a full disk. What was computed until then is kept, so that is all there is to mend. */
export function diskFull(path: string): UserError {
  return new UserError(
    'disk-full',
    `The disk that holds ${path} is full; free some space and run again, it continues from the last checkpoint.`,
  );
}

/**
 * Full disks, missing permission and the like, said as the user's matter; every other error is handed
 * back as it is.
 */
export function explainDiskError(error: unknown, fallbackPath: string): unknown {
  const code = errorCode(error);
  const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : fallbackPath;
  switch (code) {
    case 'ENOSPC':
      return diskFull(path);
    case 'EDQUOT':
      return new UserError(
        'disk-full',
        `Your disk quota is used up at ${path}; free some space and run again, it continues from the last checkpoint.`,
      );
    case 'EACCES':
    case 'EPERM':
      return new UserError(
        'no-permission',
        `There is no permission to access ${path}; change its permissions, or choose another folder with --workspace.`,
      );
    case 'EROFS':
      return new UserError(
        'read-only',
        `${path} lies on a read-only file system; choose a folder that can be written to with --workspace.`,
      );
    case 'ENOTDIR':
      return new UserError('not-a-folder', `${path} needs a folder where there is a file; move that file away.`);
    case 'EMFILE':
    case 'ENFILE':
      return new UserError(
        'too-many-files',
        `Too many files are open at once (at ${path}); raise the limit (ulimit -n) and run again.`,
      );
    default:
      return error;
  }
}
