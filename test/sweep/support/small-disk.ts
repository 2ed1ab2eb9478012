import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A disk of its own, so small that a test can fill it to its last byte. */
export class SmallDisk {
  private readonly filler: string;

  private constructor(readonly path: string) {
    this.filler = join(path, 'filler');
  }

  /** @param path an empty folder, which becomes the disk */
  static mount(path: string, size = '4m'): SmallDisk {
    const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], {
      encoding: 'utf8',
    });
    if (status === 0) return new SmallDisk(path);
    throw new Error(
      `This test mounts a tmpfs to fill it, which needs root (in a container: CAP_SYS_ADMIN): ${error?.message ?? stderr}`,
    );
  }

  /** Leaves not a byte for anyone. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.path);
    try {
      // More than there was a moment ago: whatever is freed meanwhile is taken too.
      writeFileSync(this.filler, new Uint8Array(2 * bavail * bsize + 4 * bsize), { flag: 'a' });
    } catch {
      return;
    }
    this.fill();
  }

  free(): void {
    rmSync(this.filler, { force: true });
  }

  unmount(): void {
    const { status, stderr } = spawnSync('umount', ['-l', this.path], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`The disk at ${this.path} cannot be unmounted: ${stderr}`);
  }
}
