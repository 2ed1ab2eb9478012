/** Neighbours in a group beyond which a node counts as no more tied to it. */
const mostTies = 255;

/**
 * The free nodes beside a growing group, by their number of neighbours in it: one doubly linked list for each number,
 * so that every change takes the same short time.
 */
export class Border {
  private readonly ties: Uint8Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly heads = new Int32Array(mostTies + 1).fill(-1);
  private readonly seen: Uint32Array;
  private count = 0;
  private most = 0;

  constructor(nodes: number) {
    this.ties = new Uint8Array(nodes);
    this.next = new Int32Array(nodes);
    this.previous = new Int32Array(nodes);
    this.seen = new Uint32Array(nodes);
  }

  /** Forgets all but the node with the most ties: from there the next group grows. */
  restart(): void {
    const start = this.take();
    for (let i = 0; i < this.count; i++) this.ties[this.seen[i]!] = 0;
    this.heads.fill(-1);
    this.count = this.most = 0;
    if (start >= 0) this.tie(start);
  }

  /** Takes the node that has most ties, of equals the one that came to them last; −1 when there is none. */
  take(): number {
    while (this.most > 0 && this.heads[this.most]! < 0) this.most--;
    if (this.most === 0) return -1;
    const node = this.heads[this.most]!;
    this.unlink(node);
    return node;
  }

  /** One more neighbour of a free node is in the group. */
  tie(node: number): void {
    const before = this.ties[node]!;
    if (before === mostTies) return;
    if (before === 0) this.seen[this.count++] = node;
    else this.unlink(node);
    const ties = (this.ties[node] = before + 1);
    const head = this.heads[ties]!;
    this.next[node] = head;
    this.previous[node] = -1;
    if (head >= 0) this.previous[head] = node;
    this.heads[ties] = node;
    if (ties > this.most) this.most = ties;
  }

  private unlink(node: number): void {
    const [before, after] = [this.previous[node]!, this.next[node]!];
    if (before < 0) this.heads[this.ties[node]!] = after;
    else this.next[before] = after;
    if (after >= 0) this.previous[after] = before;
  }
}
