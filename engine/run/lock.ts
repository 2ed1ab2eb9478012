import { randomBytes } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled } from '../errors';
import { linkOnce } from './atomic';
import { errorCode } from './disk';
import { isAlive, silenceLimitMs, thisProcess, type ProcessIdentity } from './process';

const refreshMs = 2000;
const pollMs = 250;
/** Removing a stale lock takes microseconds; a guard this old was left by a kill in between. */
const guardLimitMs = 10_000;

export interface Lock {
  release(): Promise<void>;
}

interface Holder extends ProcessIdentity {
  token: string;
}

/** What a look at a held lock found. */
interface Sighting {
  holder: Holder | undefined;
  /** Changes whenever its holder gives a sign of life. */
  touched: number;
}

export interface WaitOptions {
  signal?: AbortSignal;
  /** Called once when another live process holds the lock, and again when the holder changes. */
  onWait?: (holder: ProcessIdentity) => void;
}

/**
 * Takes the lock, or returns undefined where a live process holds it. A lock is a file that names its
 * holder; it is exclusive because `link` fails where the name is taken. Locks of dead processes are removed.
 */
export async function tryLock(path: string): Promise<Lock | undefined> {
  const holder: Holder = { ...thisProcess(), token: randomBytes(8).toString('hex') };
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await create(path, holder)) return held(path, holder);
    const sighting = await look(path);
    if (!sighting) continue;
    if (!isStale(sighting, Date.now())) return undefined;
    await removeStale(path, sighting);
  }
  return undefined;
}

/** Takes the lock, waiting while a live process holds it. Rejects with Cancelled when the signal is aborted. */
export async function waitForLock(path: string, { signal, onWait }: WaitOptions = {}): Promise<Lock> {
  let told = '';
  // A holder on another host is judged by our own clock alone: silent for as long as we have watched.
  let watched = { touched: NaN, since: 0 };
  for (;;) {
    if (signal?.aborted) throw new Cancelled();
    const lock = await tryLock(path);
    if (lock) return lock;
    const sighting = await look(path);
    if (sighting) {
      if (sighting.touched !== watched.touched) watched = { touched: sighting.touched, since: Date.now() };
      const foreign = sighting.holder?.host !== hostname();
      if (foreign && Date.now() - watched.since > silenceLimitMs) await removeStale(path, sighting);
      if (sighting.holder && sighting.holder.token !== told) {
        told = sighting.holder.token;
        onWait?.({ pid: sighting.holder.pid, host: sighting.holder.host });
      }
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** The live process that holds a lock; undefined where nobody does. */
export async function lockHolder(path: string): Promise<ProcessIdentity | undefined> {
  const sighting = await look(path);
  if (!sighting?.holder) return undefined;
  const { pid, host } = sighting.holder;
  return isAlive({ pid, host }, sighting.touched) ? { pid, host } : undefined;
}

async function create(path: string, holder: Holder): Promise<boolean> {
  const content = JSON.stringify(holder);
  const temporary = `${path}.${holder.token}`;
  try {
    await writeFile(temporary, content, { flag: 'wx' });
    const named = await linkOnce(temporary, path);
    if (named !== 'unsupported') return named === 'linked';
  } finally {
    await rm(temporary, { force: true });
  }
  // File systems without hard links: exclusive creation, with a moment in which the file is empty.
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function held(path: string, holder: Holder): Lock {
  const timer = setInterval(() => {
    const now = new Date();
    // A sign of life that fails is not worth stopping a computation for.
    utimes(path, now, now).catch(() => undefined);
  }, refreshMs).unref();
  return {
    async release() {
      clearInterval(timer);
      const sighting = await look(path);
      if (sighting?.holder?.token === holder.token) await rm(path, { force: true });
    },
  };
}

async function look(path: string): Promise<Sighting | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { holder: parseHolder(text), touched: mtimeMs };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    if (typeof value?.pid !== 'number' || typeof value.host !== 'string' || typeof value.token !== 'string') {
      return undefined;
    }
    return { pid: value.pid, host: value.host, token: value.token };
  } catch {
    return undefined;
  }
}

function isStale({ holder, touched }: Sighting, now: number): boolean {
  if (!holder) return now - touched > guardLimitMs;
  return holder.host === hostname() && !isAlive(holder, touched, now);
}

/**
 * Removes a lock that was seen stale. Two waiters may see it at once, and the slower one must not remove
 * the lock that the faster one has taken meanwhile: only the holder of a guard removes, after a second look.
 */
async function removeStale(path: string, seen: Sighting): Promise<void> {
  const guard = `${path}.guard`;
  try {
    await writeFile(guard, '', { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const left = await stat(guard).catch(() => undefined);
    if (left && Date.now() - left.mtimeMs > guardLimitMs) await rm(guard, { force: true });
    else await sleep(20);
    return;
  }
  try {
    const again = await look(path);
    if (again && again.touched === seen.touched && again.holder?.token === seen.holder?.token) {
      await rm(path, { force: true });
    }
  } finally {
    await rm(guard, { force: true });
  }
}
