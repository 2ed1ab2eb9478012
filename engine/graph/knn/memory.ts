import type { Team } from '../eigen/team';

/** Regions of the kernels' memory by name: sizes in bytes first, then one allocation for all. */
export class Regions<Name extends string> {
  private readonly places = new Map<Name, { at: number; bytes: number }>();
  readonly bytes: number;

  constructor(sizes: Readonly<Record<Name, number>>) {
    let next = 64;
    for (const [name, bytes] of Object.entries(sizes) as [Name, number][]) {
      this.places.set(name, { at: next, bytes });
      next += Math.ceil(bytes / 64) * 64;
    }
    this.bytes = next;
  }

  at(name: Name): number {
    return this.places.get(name)!.at;
  }

  floats(team: Team, name: Name): Float32Array {
    const { at, bytes } = this.places.get(name)!;
    return new Float32Array(team.memory.buffer, at, bytes >> 2);
  }

  words(team: Team, name: Name): Uint32Array {
    const { at, bytes } = this.places.get(name)!;
    return new Uint32Array(team.memory.buffer, at, bytes >> 2);
  }

  bytesOf(team: Team, name: Name): Uint8Array {
    const { at, bytes } = this.places.get(name)!;
    return new Uint8Array(team.memory.buffer, at, bytes);
  }
}
