import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      name: 'svg-as-text',
      transform: (code, id) =>
        id.endsWith('.svg') ? { code: `export default ${JSON.stringify(code)}`, map: null } : null
    }
  ],
  test: {
    include: ['js/tests/**/*.test.{ts,tsx}'],
    // A page costs seconds per file: a test that needs one says so in its first line.
    environment: 'node',
    setupFiles: ['js/tests/page.ts'],
    server: { deps: { inline: [/@jupyterlab\//, /@jupyter\//, /@lumino\//] } },
    restoreMocks: true,
    // For what hangs, not for a machine that is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What ydoc says about every notebook that is made outside of a page.
    onConsoleLog: text => !/Invalid access: Add Yjs type|yjs#509|Clipboard API/.test(text)
  }
});
