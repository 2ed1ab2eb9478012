/** A run that someone has asked for. */
export interface RunRequest {
  readonly id: string;
  /** Absolute paths on this machine. */
  readonly workspace: string;
  readonly study?: string;
  /** What people call it. */
  readonly name: string;
  readonly stage?: string;
  readonly fresh?: boolean;
  /** Id of a run to go on with, instead of a study. */
  readonly resume?: string;
  /** The device that the study asks for. */
  readonly device: string;
}

/**
 * The chip that a device computes on; runs on one chip take each other's time. `best` is what "auto" takes on this
 * machine.
 */
export function chipOf(device: string, best = 'cpu'): 'cpu' | 'gpu' {
  const name = device === 'auto' || device === '' ? best : device;
  return name === 'cuda' || name === 'webgpu' || name === 'tensorflow' ? 'gpu' : 'cpu';
}

/**
 * The requests that can start now, in order: of each chip as many as `limit` leaves room for. `busy` names the
 * device of every run that is computing, `best` the one that "auto" takes.
 */
export function startable(
  waiting: readonly RunRequest[],
  busy: readonly string[],
  limit: number,
  best?: string,
): RunRequest[] {
  const used = new Map<string, number>();
  for (const device of busy) used.set(chipOf(device, best), (used.get(chipOf(device, best)) ?? 0) + 1);
  return waiting.filter(({ device }) => {
    const chip = chipOf(device, best);
    const count = used.get(chip) ?? 0;
    if (count >= limit) return false;
    used.set(chip, count + 1);
    return true;
  });
}

/** True where two requests would do the same. */
export function isSameRequest(a: RunRequest, b: RunRequest): boolean {
  const what = ({ workspace, study, stage, fresh, resume }: RunRequest): string =>
    JSON.stringify([workspace, study ?? '', stage ?? '', fresh ?? false, resume ?? '']);
  return what(a) === what(b);
}

/** The engine's command line for a request. */
export function engineArguments({ workspace, study, stage, fresh, resume }: RunRequest): string[] {
  const common = ['--workspace', workspace, '--json'];
  if (resume !== undefined) return ['resume', resume, ...common];
  return ['run', study ?? '', ...common, ...(stage ? ['--stage', stage] : []), ...(fresh ? ['--fresh'] : [])];
}

/** Reads requests back from where they were kept. */
export function readRequests(value: unknown): RunRequest[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item: unknown): item is RunRequest => {
    if (typeof item !== 'object' || item === null) return false;
    const { id, workspace, name, device, study, resume } = item as Record<string, unknown>;
    const words = [id, workspace, name, device].every((word) => typeof word === 'string');
    return words && (typeof study === 'string' || typeof resume === 'string');
  });
}
