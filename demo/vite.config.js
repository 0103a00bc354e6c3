// The page's server and build: `vite demo`, `vite build demo`.
import { fileURLToPath } from 'node:url';

/** @type {import('vite').UserConfig} */
export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The built page works wherever it is put.
  base: './',
  server: { fs: { allow: [fileURLToPath(new URL('..', import.meta.url))] } },
  // Nothing as a data: address, which a Content-Security-Policy would have to allow.
  build: { assetsInlineLimit: 0, target: 'es2022' },
  worker: { format: 'es' },
};
