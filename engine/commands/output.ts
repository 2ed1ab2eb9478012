import { relative } from 'node:path';

/** A path as it is shortest to read from the current folder; absolute where it lies elsewhere. */
export function shortPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way === '' ? '.' : way.startsWith('..') ? path : way;
}

/** A word of a command line for POSIX shells, quoted where it must be. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** For streams of JSON: one value a line. */
export function printJsonLine(value: unknown): void {
  print(JSON.stringify(value));
}
