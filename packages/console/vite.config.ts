/**
 * The console as files: `dist/site`. They name nothing outside themselves.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  // Everything here is in the repository: no variable of whoever builds gets in.
  envDir: false,
  resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'], alias: { 'tiny-secp256k1': here('./src/secp256k1.ts') } },
  build: {
    outDir: here('./dist/site'),
    emptyOutDir: true,
    target: 'es2023',
    // An asset in the text of another would be a `data:` address, which the policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The page needs all of it at once, and little else ever comes.
    chunkSizeWarningLimit: 1000,
    // The licences of what is in the bundle, as they ask to be passed on.
    license: { fileName: 'licenses.md' },
  },
});
