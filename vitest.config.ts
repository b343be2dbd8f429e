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
    restoreMocks: true
  }
});
