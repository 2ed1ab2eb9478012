import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores([
    '.vscode-test/',
    'engine/*/wasm/',
    'dist/',
    'node_modules/',
    'example/',
    'coverage/',
    '**/.eigenprobe/',
  ]),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict],
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.config.ts'] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // noUncheckedIndexedAccess makes every element of an array possibly undefined; in numeric loops the index is known.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Namespaces of constants and classes with static members alone read well where they name a concept.
      '@typescript-eslint/no-extraneous-class': 'off',
      // A stage, a step or a callback may leave an argument or a return value unused by contract.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      'no-console': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: 'Everything random is drawn from the seed: use engine/data/random.ts.',
        },
      ],
    },
  },
  {
    // The extension logs to its own channel, and a page's console is nobody's.
    files: ['extension/**/*.ts', 'webview/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
);
