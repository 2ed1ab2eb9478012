import { studySchema, type Study } from '../study/schema';

type Block = keyof Study;

/** Gives equal numbers to identical values: primitives by value, objects by identity. */
export class Identities {
  private readonly objects = new WeakMap<object, number>();
  private readonly primitives = new Map<unknown, number>();
  private next = 0;

  of(value: unknown): number {
    const known = typeof value === 'object' && value !== null ? this.objects.get(value) : this.primitives.get(value);
    if (known !== undefined) return known;
    const id = this.next++;
    if (typeof value === 'object' && value !== null) this.objects.set(value, id);
    else this.primitives.set(value, id);
    return id;
  }
}

/**
 * Remembers a pure function of a study by those of its blocks that the function was seen to read. The rows of a sweep
 * share their parsed blocks, so that the function runs once for each combination that it can tell apart.
 */
export class StudyMemo<T> {
  private blocks: Block[] = [];
  private known = new Map<string, T>();
  private kept: { study: Study; result: T }[] = [];

  constructor(
    private readonly identities: Identities,
    private readonly compute: (study: Study) => T,
  ) {}

  /** What is known for this study; `key` is the same for studies that the function cannot tell apart. */
  peek(study: Study): { key: string; result: T } | undefined {
    const key = this.signature(study);
    const result = this.known.get(key);
    return result === undefined && !this.known.has(key) ? undefined : { key, result: result as T };
  }

  /** Neighbouring rows differ in little: most are settled by the last answer. */
  private last: { study: Study; result: T } | undefined;

  /** Where the function returns a promise, reads after its first await are seen when `settle` is called. */
  get(study: Study): T {
    const { last } = this;
    if (last && this.blocks.every((block) => study[block] === last.study[block])) return last.result;
    const known = this.peek(study);
    if (known) {
      this.last = { study, result: known.result };
      return known.result;
    }
    const reads = new Set<Block>();
    const result = this.compute(recorded(study, reads));
    if (result instanceof Promise) {
      const settled = result.finally(() => this.keep(study, settled as T, reads));
      return settled as T;
    }
    this.keep(study, result, reads);
    return result;
  }

  private keep(study: Study, result: T, reads: ReadonlySet<Block>): void {
    const added = [...reads].filter((block) => !this.blocks.includes(block));
    this.kept.push({ study, result });
    if (added.length > 0) {
      // With more blocks to tell studies apart, what was one entry may be several.
      this.blocks = [...this.blocks, ...added];
      this.known = new Map(this.kept.map((entry) => [this.signature(entry.study), entry.result]));
    } else this.known.set(this.signature(study), result);
    this.last = { study, result };
  }

  private signature(study: Study): string {
    let text = '';
    for (const block of this.blocks) text += `${this.identities.of(study[block])},`;
    return text;
  }
}

function recorded(study: Study, reads: Set<Block>): Study {
  const note = (key: string | symbol): void => {
    if (typeof key === 'string') reads.add(key as Block);
  };
  return new Proxy(study, {
    get: (target, key) => {
      note(key);
      return Reflect.get(target, key) as unknown;
    },
    has: (target, key) => {
      note(key);
      return Reflect.has(target, key);
    },
    getOwnPropertyDescriptor: (target, key) => {
      note(key);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    ownKeys: (target) => {
      // Which members there are is itself something that was read.
      for (const key of Object.keys(studySchema.shape)) note(key);
      return Reflect.ownKeys(target);
    },
  });
}
