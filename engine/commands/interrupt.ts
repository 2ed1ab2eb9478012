/** What a shell expects of a program that Ctrl+C ended. */
export const cancelledExitCode = 130;

/** npx passes on the SIGINT that the terminal has sent to us as well: two so close together are one. */
const echoMs = 300;

/**
 * A signal that is aborted by the first SIGINT or SIGTERM, so that work can be put down in good order.
 * The second SIGINT ends the process at once; what it wrote until then can still be resumed.
 */
export function interruptSignal(onFirst?: () => void): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  let first = 0;
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      if (name === 'SIGINT' && performance.now() - first > echoMs) process.exit(cancelledExitCode);
      return;
    }
    first = performance.now();
    onFirst?.();
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
