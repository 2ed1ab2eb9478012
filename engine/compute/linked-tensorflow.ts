import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../errors';
import { installedTensorflow } from './tensorflow-device';

const run = promisify(execFile);

export interface Linked {
  /** The binding's package, e.g. @tensorflow/tfjs-node. */
  readonly package: string;
  /** Version of the user's TensorFlow. */
  readonly version: string;
  /** Where the binding was written. */
  readonly binding: string;
}

/**
 * Builds tfjs-node's binding against the TensorFlow that a Python already has, so that it uses that one's CUDA.
 * Its own installation would fetch TensorFlow 2.9 of 2022.
 * @throws UserError where the package, TensorFlow, Node's headers or the compiler are missing
 */
export async function linkTensorflow(python: string): Promise<Linked> {
  if (process.platform === 'win32') {
    throw new UserError(
      'link-platform',
      'Linking TensorFlow works on Linux and macOS only; use the device webgpu here.',
    );
  }
  const installed = installedTensorflow();
  if (!installed) {
    throw new UserError(
      'link-package',
      'There is no tfjs-node to link: run "npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0" where Eigenprobe is installed, then this command again.',
    );
  }
  const tensorflow = await findTensorflow(python);
  const headers = nodeHeaders();
  const folder = dirname(installed.path);
  await prepare(folder, tensorflow.folder);
  const api = 8;
  const binding = join(folder, 'lib', `napi-v${api}`, 'tfjs_binding.node');
  await mkdir(dirname(binding), { recursive: true });
  await compile(folder, headers, binding, api);
  return { package: installed.name, version: tensorflow.version, binding };
}

const question = `
import importlib.util, json
spec = importlib.util.find_spec("tensorflow")
folder = list(spec.submodule_search_locations)[0] if spec else None
version = None
if folder:
    import importlib.metadata as metadata
    for name in ["tensorflow", "tensorflow-cpu", "tensorflow_cpu", "tensorflow-cpu-aws", "tensorflow-intel", "tf-nightly"]:
        try:
            version = metadata.version(name)
            break
        except metadata.PackageNotFoundError:
            pass
print(json.dumps({"folder": folder, "version": version}))
`;

async function findTensorflow(python: string): Promise<{ folder: string; version: string }> {
  let answer: { folder: string | null; version: string | null };
  try {
    const { stdout } = await run(python, ['-c', question]);
    answer = JSON.parse(stdout) as typeof answer;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UserError(
      'link-python',
      `"${python}" could not be asked for its TensorFlow (${reason}); name a Python 3.`,
    );
  }
  if (answer.folder === null) {
    throw new UserError(
      'link-python',
      `The Python "${python}" has no TensorFlow: run "${python} -m pip install tensorflow" first.`,
    );
  }
  for (const library of ['libtensorflow_cc', 'libtensorflow_framework']) {
    if (!sharedLibrary(answer.folder, library)) {
      throw new UserError(
        'link-python',
        `TensorFlow in ${answer.folder} has no ${library}; TensorFlow 2.10 or newer from pip has it.`,
      );
    }
  }
  return { folder: answer.folder, version: answer.version ?? 'unknown' };
}

function sharedLibrary(folder: string, name: string): string | undefined {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`) && /\.(so|dylib)/.test(file))
    .sort((a, b) => b.length - a.length)[0];
}

/** The folder with node_api.h, which official builds of Node carry beside the program. */
function nodeHeaders(): string {
  const prefix = dirname(dirname(process.execPath));
  const folder = join(prefix, 'include', 'node');
  if (!existsSync(join(folder, 'node_api.h'))) {
    throw new UserError(
      'link-headers',
      `Node's headers are not in ${folder}; install Node from nodejs.org, or your system's package of them (libnode-dev).`,
    );
  }
  return folder;
}

/** deps/include and deps/lib as the binding's sources expect them: links into Python's package. */
async function prepare(folder: string, tensorflow: string): Promise<void> {
  const deps = join(folder, 'deps');
  await rm(deps, { recursive: true, force: true });
  await mkdir(join(deps, 'lib'), { recursive: true });
  await symlink(join(tensorflow, 'include'), join(deps, 'include'));
  for (const library of ['libtensorflow_cc', 'libtensorflow_framework']) {
    const file = sharedLibrary(tensorflow, library)!;
    await symlink(join(tensorflow, file), join(deps, 'lib', file));
  }
}

async function compile(folder: string, headers: string, binding: string, api: number): Promise<void> {
  const sources = readdirSync(join(folder, 'binding'))
    .filter((name) => name.endsWith('.cc'))
    .map((name) => join(folder, 'binding', name));
  const libraries = readdirSync(join(folder, 'deps', 'lib')).map((name) => join(folder, 'deps', 'lib', name));
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', `-DNAPI_VERSION=${api}`],
    ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
    ...[headers, join(folder, 'binding'), join(folder, 'deps', 'include')].map((path) => `-I${path}`),
    ...sources,
    ...libraries,
    ...[
      '-Wl,-rpath,' + (process.platform === 'darwin' ? '@loader_path' : '$ORIGIN') + '/../../deps/lib',
      '-o',
      binding,
    ],
  ];
  const compiler = process.env['CXX'] ?? 'g++';
  try {
    await run(compiler, args, { maxBuffer: 1 << 24 });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new UserError(
        'link-compiler',
        `There is no C++ compiler "${compiler}"; install g++ (Debian: apt-get install g++) or set CXX.`,
      );
    }
    const said =
      error instanceof Error && 'stderr' in error
        ? String(error.stderr)
            .split('\n')
            .find((line) => /error/i.test(line))
        : undefined;
    throw new UserError(
      'link-compile',
      `The binding could not be compiled against this TensorFlow: ${said ?? String(error)}`,
    );
  }
}
