// Installs the peers if they are missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** @throws {Error} they cannot be installed */
export function install_peers() {
  if (existsSync(`${HERE}node_modules/.package-lock.json`)) return;
  process.stderr.write('installing the peers …\n');
  // Their install scripts would download files for other processors.
  const { status, error } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: HERE,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    throw new Error(`the peers cannot be installed: ${error?.message ?? `npm ended with ${status}`}`);
}
