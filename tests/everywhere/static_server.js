// A server of files, as any host of static pages is.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
};

/**
 * @param {string} folder
 * @param {object} [options]
 * @param {string} [options.path] under which the folder is served
 * @param {Record<string, string>} [options.headers] of every answer
 * @param {Record<string, string>} [options.replaced] texts in pages, and what stands in their place
 * @param {Record<string, string>} [options.before] what the server adds before the content of files, by their names
 * @returns {Promise<{ origin: string, url: string, close: () => Promise<void> }>}
 */
export async function serve_folder(folder, { path = '/', headers = {}, replaced = {}, before = {} } = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = join(folder, decodeURIComponent(pathname.slice(path.length)));
    try {
      if (!pathname.startsWith(path) || !name.startsWith(folder + sep)) throw new Error('outside the folder');
      const content = await readFile(name);
      const type = TYPES[extname(name)] ?? 'application/octet-stream';
      response.writeHead(200, { ...headers, 'Content-Type': type });
      const replace = (/** @type {string} */ text) =>
        Object.entries(replaced).reduce(
          (changed, [before, after]) => changed.replaceAll(before, after),
          text,
        );
      const added = before[pathname.slice(path.length)];
      if (added) response.write(added);
      response.end(type.startsWith('text/html') ? replace(content.toString()) : content);
    } catch {
      response.writeHead(404, headers).end('not here');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    url: origin + path,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
