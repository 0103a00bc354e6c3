// A page in one file, which can be opened from the disk or sent by mail.
import { mkdirSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const options = { bundle: true, minify: true, write: false, format: 'esm', target: 'es2022' };
const { outputFiles } = await build({ ...options, entryPoints: ['app.js'] });
mkdirSync('dist', { recursive: true });
writeFileSync(
  'dist/index.html',
  `<!doctype html>
<meta charset="utf-8">
<title>GRU</title>
<body></body>
<script type="module">${outputFiles[0].text}</script>
`,
);
