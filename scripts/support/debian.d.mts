/** Installs the Debian packages that are missing; throws a sentence with the command to run by hand where it cannot. */
export function ensureDebianPackages(names: readonly string[], why: string): Promise<void>;
