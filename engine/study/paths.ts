import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors';

export interface PathRules {
  /** Folder of the study file; paths are relative to it. */
  readonly studyFolder: string;
  /** Folder that paths may not leave. */
  readonly workspaceRoot: string;
  /** Where `${NAME}` is looked up; by default the process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes the function that turns a study's paths into absolute ones. A path may not leave the workspace, symbolic
 * links followed, unless it begins with `${NAME}`: then NAME is an environment variable with an absolute folder,
 * which the user has thereby allowed, and the path may not leave that one. The path need not exist.
 * The function throws UserError.
 */
export function createPathResolver({
  studyFolder,
  workspaceRoot,
  environment = process.env,
}: PathRules): (path: string) => string {
  return (path) => {
    if (path.includes('\0')) throw new UserError('path-invalid', `The path ${JSON.stringify(path)} is not a path.`);
    const variable = /^\$\{([^}]*)\}/.exec(path);
    if (!variable) {
      const absolute = resolve(studyFolder, path);
      if (isInside(workspaceRoot, absolute)) return absolute;
      throw new UserError(
        'path-outside',
        `The path "${path}" leaves the workspace ${workspaceRoot}; move the data into it, or set an environment ` +
          'variable to the folder of the data and begin the path with ${NAME}.',
      );
    }
    const [prefix, name = ''] = variable;
    const rest = path.slice(prefix.length);
    const folder = allowedFolder(name, path, environment);
    if (rest !== '' && !/^[/\\]/.test(rest)) {
      throw new UserError('path-invalid', `In the path "${path}" a slash must follow ${prefix}.`);
    }
    const absolute = join(folder, rest);
    if (isInside(folder, absolute)) return absolute;
    throw new UserError(
      'path-outside',
      `The path "${path}" leaves ${folder}, the folder that ${name} is set to; set ${name} to a folder that holds the data.`,
    );
  };
}

function allowedFolder(name: string, path: string, environment: NonNullable<PathRules['environment']>): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new UserError('path-variable', `"${name}" in the path "${path}" is not a name of an environment variable.`);
  }
  const value = environment[name];
  if (value === undefined || value === '') {
    throw new UserError(
      'path-variable',
      `The path "${path}" uses the environment variable ${name}, which is not set; set it to the folder of the data.`,
    );
  }
  if (!isAbsolute(value)) {
    throw new UserError(
      'path-variable',
      `The environment variable ${name} is "${value}"; set it to an absolute path, since the path "${path}" uses it.`,
    );
  }
  return resolve(value);
}

function isInside(root: string, path: string): boolean {
  const way = relative(followLinks(resolve(root)), followLinks(path));
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** The real path; where the end of it does not exist, that of the part that does, and the rest after it. */
function followLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(followLinks(parent), basename(path));
  }
}
