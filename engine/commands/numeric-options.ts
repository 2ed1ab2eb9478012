import { InvalidArgumentError } from 'commander';

/** Parsers of numeric options: what is no such number is refused in a sentence that commander shows with the option. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** A number from 0 on. */
export function size(text: string): number {
  const value = number(text);
  if (value < 0) throw new InvalidArgumentError('It must not be negative.');
  return value;
}

/** A number from 0 to 1. */
export function share(text: string): number {
  const value = number(text);
  if (value < 0 || value > 1) throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}

/** Seeds as studies have them. */
export const seed = wholeNumber(0, 0xffffffff);
