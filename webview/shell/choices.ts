/** What the reader has chosen in a page: axes, colours, cameras. Kept over a reload where the page can keep it. */
export class Choices {
  constructor(
    private readonly values: Record<string, unknown> = {},
    private readonly changed: (values: Record<string, unknown>) => void = () => undefined,
  ) {}

  /** A choice among some; the first where there was none, or one that there is no more. */
  among<T extends string | number>(key: string, allowed: readonly T[], fallback?: T): T {
    const kept = this.values[key];
    return allowed.find((one) => one === kept) ?? fallback ?? allowed[0]!;
  }

  number(key: string): number | undefined {
    const kept = this.values[key];
    return typeof kept === 'number' && Number.isFinite(kept) ? kept : undefined;
  }

  /** Numbers under names; undefined where one is missing. */
  numbers<K extends string>(key: string, names: readonly K[]): Record<K, number> | undefined {
    const kept = this.values[key];
    if (typeof kept !== 'object' || kept === null) return undefined;
    const found = names.map((name) => [name, (kept as Record<string, unknown>)[name]] as const);
    if (!found.every(([, value]) => typeof value === 'number' && Number.isFinite(value))) return undefined;
    return Object.fromEntries(found) as Record<K, number>;
  }

  set(key: string, value: unknown): void {
    if (value === undefined) delete this.values[key];
    else this.values[key] = value;
    this.changed(this.values);
  }
}

/** A value that several parts of a page follow. */
export class Observable<T> {
  private readonly listeners: ((value: T) => void)[] = [];

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set value(next: T) {
    this.current = next;
    for (const listener of this.listeners) listener(next);
  }

  follow(listener: (value: T) => void): void {
    this.listeners.push(listener);
  }
}
