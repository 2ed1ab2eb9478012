import { dirname, join } from 'node:path';
import { fail } from '../../../engine/commands/fail';
import { interruptSignal } from '../../../engine/commands/interrupt';
import { executeRun } from '../../../engine/run/execute';
import { fakeDevice, studyOf, testStages } from './stages';

/** A process of its own that runs the test study: child <workspace> <trace> <ms a step>. */
const [workspace = '', trace = '', stepMs = '0'] = process.argv.slice(2);
const interrupt = interruptSignal();
try {
  const record = await executeRun(join(workspace, 'test.eigenprobe.json'), studyOf(), {
    workspace,
    stages: testStages(trace, Number(stepMs)),
    openDevice: () => Promise.resolve(fakeDevice()),
    signal: interrupt.signal,
    onStart: (directory) => process.stdout.write(`started ${directory}\n`),
    onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
  });
  process.stdout.write(`finished ${record.id} ${dirname(trace)}\n`);
} catch (error) {
  process.exitCode = fail(error, false);
} finally {
  interrupt.dispose();
}
