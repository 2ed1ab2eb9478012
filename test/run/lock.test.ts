import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { Cancelled } from '../../engine/errors';
import { tryLock, waitForLock } from '../../engine/run/lock';
import { temporaryFolder } from './support/process';

let folder: string;
let path: string;
beforeEach(() => {
  const temporary = temporaryFolder();
  folder = temporary.path;
  path = join(folder, 'stage.lock');
  return temporary.remove;
});

const leftBy = (pid: number, host = hostname()) => writeFileSync(path, JSON.stringify({ pid, host, token: 'old' }));

describe('lock', () => {
  test('is exclusive until it is released', async () => {
    const lock = await tryLock(path);
    expect(lock).toBeDefined();
    expect(await tryLock(path)).toBeUndefined();
    await lock?.release();
    expect(readdirSync(folder)).toEqual([]);
    const again = await tryLock(path);
    expect(again).toBeDefined();
    await again?.release();
  });

  test('of many at once exactly one gets it, one after the other', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const lock = await waitForLock(path);
        most = Math.max(most, ++inside);
        await sleep(5);
        inside--;
        await lock.release();
      }),
    );
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  test('of many that find a dead process’s lock, one at a time takes its place', async () => {
    leftBy(2 ** 30);
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const lock = await waitForLock(path);
        most = Math.max(most, ++inside);
        await sleep(5);
        inside--;
        await lock.release();
      }),
    );
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('a pid that another process has inherited holds nothing', async () => {
    leftBy(process.pid);
    const longAgo = new Date(Date.now() - 7 * 24 * 3600 * 1000);
    utimesSync(path, longAgo, longAgo);
    const lock = await tryLock(path);
    expect(lock).toBeDefined();
    await lock?.release();
  });

  test('a lock of another host is respected', async () => {
    leftBy(1, 'another-host');
    expect(await tryLock(path)).toBeUndefined();
  });

  test('waiting says for whom, once, and ends when it is cancelled', async () => {
    const lock = await tryLock(path);
    const controller = new AbortController();
    const told: number[] = [];
    const waiting = waitForLock(path, { signal: controller.signal, onWait: ({ pid }) => told.push(pid) });
    await sleep(600);
    expect(told).toEqual([process.pid]);
    controller.abort();
    await expect(waiting).rejects.toThrow(Cancelled);
    await lock?.release();
  });

  test('release leaves a lock alone that is another’s by now', async () => {
    const lock = await tryLock(path);
    leftBy(process.pid);
    await lock?.release();
    expect(existsSync(path)).toBe(true);
  });
});
