import { build } from './build.mjs';
import { install } from './install.mjs';
import { main, runOrFail } from './support/process.mjs';

/** Makes the example's data and study in example/ and runs it: `npm start`. */
await main(import.meta.url, async () => {
  await install();
  await build();
  await runOrFail(process.execPath, ['engine/eigenprobe.mjs', 'example', 'example']);
  const study = 'example/sketch-photo.eigenprobe.json';
  await runOrFail(process.execPath, ['engine/eigenprobe.mjs', 'run', study, '--workspace', 'example']);
});
