/** Neighbours in a group beyond which a node counts as no more tied to it. */
const mostTies = 255;

/**
 * The free nodes beside a growing group, by their number of neighbours in it: a stack for each number. A node stands in
 * the stacks of all numbers that it has had; only the last entry counts.
 */
export class Border {
  private readonly ties: Uint8Array;
  private readonly heads = new Int32Array(mostTies + 1).fill(-1);
  /** Node of each entry, and the entry below it. */
  private entries = new Uint32Array(1024);
  private below = new Int32Array(1024);
  private count = 0;
  private most = 0;

  constructor(nodes: number) {
    this.ties = new Uint8Array(nodes);
  }

  /** Forgets all but the node with the most ties: from there the next group grows. */
  restart(): void {
    const start = this.take();
    for (let i = 0; i < this.count; i++) this.ties[this.entries[i]!] = 0;
    this.heads.fill(-1);
    this.count = this.most = 0;
    if (start >= 0) this.tie(start);
  }

  /** Takes the node that has most ties, of equals the one that came to them last; −1 when there is none. */
  take(): number {
    for (; this.most > 0; this.most--) {
      for (let entry = this.heads[this.most]!; entry >= 0; entry = this.below[entry]!) {
        const node = this.entries[entry]!;
        if (this.ties[node] !== this.most) continue;
        this.heads[this.most] = this.below[entry]!;
        // No entry of it counts any more.
        this.ties[node] = 0;
        return node;
      }
      this.heads[this.most] = -1;
    }
    return -1;
  }

  /** One more neighbour of a free node is in the group. */
  tie(node: number): void {
    const ties = this.ties[node]! + 1;
    if (ties > mostTies) return;
    this.ties[node] = ties;
    if (this.count === this.entries.length) this.extend();
    const entry = this.count++;
    this.entries[entry] = node;
    this.below[entry] = this.heads[ties]!;
    this.heads[ties] = entry;
    if (ties > this.most) this.most = ties;
  }

  private extend(): void {
    const [entries, below] = [new Uint32Array(2 * this.count), new Int32Array(2 * this.count)];
    entries.set(this.entries);
    below.set(this.below);
    [this.entries, this.below] = [entries, below];
  }
}
