/** Waits until something is there. Looks again after `pauseMs`; throws after `timeoutMs`. */
export async function waitUntil<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  { timeoutMs, pauseMs }: { timeoutMs: number; pauseMs: number },
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`It did not happen in ${timeoutMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
