/**
 * Output that nobody takes (a pipe into head, an editor that closes, a full disk) is no reason to stop a computation.
 * @returns gives the error, where results that were printed did not get anywhere
 */
export function outliveOutput(): () => Error | undefined {
  let lost: Error | undefined;
  process.stdout.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') lost ??= Object.assign(error, { path: 'the output' });
  });
  process.stderr.on('error', () => undefined);
  return () => lost;
}
