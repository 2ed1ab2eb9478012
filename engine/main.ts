import { program } from './program';
import { fail } from './commands/fail';

/**
 * The program's entry. Every command is loaded when it is called, so that help is there at once and nobody waits
 * for an engine that is not used.
 */
const wantsJson = process.argv.includes('--json');

// A reader that goes away (a pipe into head, an editor that closes) is no reason to stop a computation.
process.stdout.on('error', ignoreBrokenPipe);
process.stderr.on('error', ignoreBrokenPipe);

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = fail(error, wantsJson);
}
// Native engines may keep threads that would keep the process; what is written is let out first.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));

function ignoreBrokenPipe(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
}
