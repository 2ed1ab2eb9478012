#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'dist', 'engine', 'main.mjs');
const isCheckout = existsSync(join(root, 'engine', 'main.ts'));

if (!existsSync(program)) {
  console.error(`Eigenprobe has not been built yet: run "npm run build" in ${root}.`);
  process.exit(2);
}

// In a checkout the tests' data may lie beside it. Studies of it name their paths ${EIGENPROBE_DATA}/…,
// which then works without setting anything.
const testData = join(dirname(root), 'shared', 'data');
if (isCheckout && process.env.EIGENPROBE_DATA === undefined && existsSync(testData)) {
  process.env.EIGENPROBE_DATA = testData;
}

await import('../dist/engine/main.mjs');
