import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As in the bundle: TensorFlow.js's ES modules, in one copy.
  ssr: { resolve: { mainFields: ['module', 'main'] } },
  // Parts of the extension that need no editor but its translations.
  resolve: { alias: { vscode: new URL('./test/extension/support/vscode.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    server: { deps: { inline: [/@tensorflow\/tfjs-(core|backend-cpu)/] } },
  },
});
