import { createLogUpdate } from 'log-update';
import { resolve } from 'node:path';
import { generateExample } from '../example/generate';
import { percentage } from '../terminal/numbers';
import { interruptSignal } from './interrupt';
import { print, shellQuote, shortPath } from './output';

/** `eigenprobe example [folder]`: writes the built-in images and a study of them. */
export async function example(folder: string, flags: { seed: number }): Promise<void> {
  const interrupt = interruptSignal();
  const draw = process.stderr.isTTY ? createLogUpdate(process.stderr) : undefined;
  try {
    const { studyPath, methodsStudyPath, images } = await generateExample(resolve(folder), {
      seed: flags.seed,
      extra: true,
      signal: interrupt.signal,
      onProgress: (done, total) => draw?.(`Drawing images: ${done} of ${total} (${percentage(done, total)} %)`),
    });
    draw?.clear();
    print(`${images} images and the study ${shortPath(studyPath)} are there.`);
    print(`Run it: eigenprobe run ${shellQuote(shortPath(studyPath))}`);
    if (methodsStudyPath) print(`Methods side by side: eigenprobe run ${shellQuote(shortPath(methodsStudyPath))}`);
  } finally {
    draw?.done();
    interrupt.dispose();
  }
}
