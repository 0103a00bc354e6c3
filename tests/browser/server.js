// A Vite server in a process of its own (Jest's modules have other globals than Vite's native parts can take), for
// site.js: `sources` serves the page as `npm run demo` does, `built` builds it and serves that under a path, with a
// Content-Security-Policy. It tells its address, is told which files to miss, and ends with its parent.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, createServer, preview } from 'vite';
import config from '../../demo/vite.config.js';

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'";

/** Vite's cache or the built page. */
const folder = await mkdtemp(join(tmpdir(), 'gru-wasm-page-'));
const common = {
  ...config,
  configFile: /** @type {false} */ (false),
  logLevel: /** @type {const} */ ('error'),
};

/** Requests for these are answered with 404. @type {RegExp | null} */
let missing = null;

async function serve_sources() {
  const server = await createServer({
    ...common,
    cacheDir: folder,
    server: { ...config.server, host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  return server;
}

async function serve_built() {
  await build({ ...common, build: { ...config.build, outDir: folder, emptyOutDir: true } });
  const server = await preview({
    ...common,
    base: '/some/where/',
    build: { outDir: folder },
    preview: { host: '127.0.0.1', port: 0, headers: { 'Content-Security-Policy': POLICY } },
    plugins: [
      {
        name: 'missing-files',
        configurePreviewServer({ middlewares }) {
          middlewares.use((request, response, next) => {
            if (!missing?.test(request.url ?? '')) return next();
            response.statusCode = 404;
            response.end('not here');
          });
        },
      },
    ],
  });
  return server;
}

const server = await (process.argv[2] === 'built' ? serve_built() : serve_sources());

process.on('message', (/** @type {{ missing: string | null }} */ message) => {
  missing = message.missing === null ? null : new RegExp(message.missing);
  process.send?.('noted');
});
process.on('disconnect', async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
  process.exit();
});
process.send?.({ url: server.resolvedUrls?.local[0] });
