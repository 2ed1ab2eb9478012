import { defineConfig } from 'vitest/config';

/** Tests in a real VS Code: one window after the other, since each takes the whole machine. */
export default defineConfig({
  test: {
    include: ['test/host/**/*.host.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
