// Generates the readers and writers of protocol buffers from the .proto files in js/formats/protobuf, with pbf: npm run protobuf
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'js/formats/protobuf');

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.proto'))) {
  const pbf = join(ROOT, 'node_modules/pbf/bin/pbf');
  const code = execFileSync(process.execPath, [pbf, join(FOLDER, file)], { encoding: 'utf8' });
  const output = join(FOLDER, file.replace('.proto', '_messages.js'));
  writeFileSync(output, `// @ts-nocheck\n// Made from ${file} by tools/protobuf.js: do not edit.\n${code}`);
  console.log(output);
}
