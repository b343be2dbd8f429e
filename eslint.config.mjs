import js from '@eslint/js';
import react from 'eslint-plugin-react';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

const react_ = ['react', 'react-dom', 'react/*'];
const lab = ['@jupyterlab/*', '@lumino/widgets', '@lumino/commands', '@lumino/messaging'];

export default defineConfig([
  { ignores: ['js/lib/**', 'extension/**', 'node_modules/**', '.editable/**'] },
  js.configs.recommended,
  {
    files: ['js/**/*.{ts,tsx}'],
    extends: [
      ts.configs.strictTypeChecked,
      ts.configs.stylisticTypeChecked,
      react.configs.flat.recommended,
      react.configs.flat['jsx-runtime'],
      reactHooks.configs.flat['recommended-latest']
    ],
    languageOptions: { parserOptions: { projectService: true } },
    settings: { react: { version: '18.2' } },
    rules: {
      curly: 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-depth': ['error', 3],
      'no-console': ['error', { allow: ['error'] }],
      'react/no-danger': 'error',
      'react/prop-types': 'off', // TypeScript checks them
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        // As JupyterLab's own packages name them.
        { selector: 'interface', format: ['PascalCase'], prefix: ['I'] },
        {
          selector: 'memberLike',
          modifiers: ['private'],
          format: ['camelCase'],
          leadingUnderscore: 'require'
        }
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/unbound-method': 'off' // Lumino connects `(this._onFoo, this)`
    }
  },
  {
    // The model knows no view: it is tested without a page.
    files: ['js/src/model/**'],
    rules: {
      'no-restricted-globals': ['error', 'document', 'window', 'requestAnimationFrame'],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: react_, message: 'The model imports no React.' },
            { group: lab, message: 'The model imports types only.', allowTypeImports: true },
            {
              group: ['../view/*', '../cells/*', '../api', '../panel', '../index'],
              message: 'The model does not know who shows it, nor how the server is reached.'
            }
          ]
        }
      ]
    }
  },
  {
    // Views get what they show and say what is wanted; they fetch nothing.
    files: ['js/src/view/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['../api', '../sessions', '../commands'], message: 'Views fetch nothing.' },
            {
              group: [...lab, '!@jupyterlab/ui-components'],
              message: 'Views import types only, and widgets.',
              allowTypeImports: true
            }
          ]
        }
      ]
    }
  },
  {
    // Interfaces and the token; whoever depends on them loads nothing.
    files: ['js/src/tokens.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['./*', '@jupyterlab/*'], message: 'Types only.', allowTypeImports: true }
          ]
        }
      ]
    }
  },
  {
    files: ['js/tests/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off'
    }
  }
]);
