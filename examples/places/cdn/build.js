// Writes a page that loads the package from another server and runs it only if every file is the one that was installed here.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const cdn = 'https://cdn.example'; // where the folder node_modules/gru-wasm/dist is
const dist = 'node_modules/gru-wasm/dist';
const integrity = (file) =>
  `sha384-${createHash('sha384')
    .update(readFileSync(`${dist}/${file}`))
    .digest('base64')}`;

// The main entry, and the file that it imports.
const [, shared] = /from ?"\.\/(shared-\w+\.js)"/.exec(readFileSync(`${dist}/web/index.js`, 'utf8'));
const scripts = ['web/index.js', `web/${shared}`];
const import_map = {
  imports: { 'gru-wasm': `${cdn}/web/index.js` },
  integrity: Object.fromEntries(scripts.map((file) => [`${cdn}/${file}`, integrity(file)])),
};
const page = readFileSync('page.html', 'utf8')
  .replace('<!-- IMPORT_MAP -->', `<script type="importmap">${JSON.stringify(import_map)}</script>`)
  .replace('RELAXED_INTEGRITY', integrity('gru.relaxed.wasm'))
  .replace('BASELINE_INTEGRITY', integrity('gru.baseline.wasm'));
mkdirSync('dist', { recursive: true });
writeFileSync('dist/index.html', page);
