import { program } from './program';
import { fail } from './commands/fail';
import { outliveOutput } from './commands/lost-output';

/**
 * The program's entry. Every command is loaded when it is called, so that help is there at once and nobody waits
 * for an engine that is not used.
 */
const wantsJson = process.argv.includes('--json');
const lostOutput = outliveOutput();

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = fail(error, wantsJson);
}
// Native engines may keep threads that would keep the process; what is written is let out first.
process.stdout.write('', () => {
  const lost = lostOutput();
  if (lost) process.exitCode = fail(lost, false);
  process.stderr.write('', () => process.exit());
});
