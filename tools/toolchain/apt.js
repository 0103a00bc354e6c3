// Debian's package manager: where this machine's packages come from, and installing some.

import { readFileSync } from 'node:fs';
import { start_progress } from '../progress.js';
import { run, which } from '../run.js';

/** Whether apt-get can install packages here without asking for a password. */
export const can_install = () =>
  process.platform === 'linux' && process.getuid?.() === 0 && which('apt-get') !== null;

/** Whether this machine is a Debian, and not one of its relatives, whose archives hold other packages. */
function is_debian() {
  try {
    return /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * The address of the archive that has every release of Debian: not that of security updates or of a vendor, which have a
 * component `main` too, but no suite that ends in `-updates` beside it.
 * @returns {Promise<string | null>} null: not a Debian, or no such source
 */
export async function main_archive() {
  if (!is_debian() || !which('apt-get')) return null;
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const { output } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    may_fail: true,
  });
  const sources = output.split('\n').map((line) => line.split(' '));
  const archive = sources.find(
    ([uri, release, component]) =>
      component === 'main' &&
      sources.some(([other, suite]) => other === uri && suite === `${release}-updates`),
  );
  return archive?.[0] ?? null;
}

/** @param {string[]} packages @param {string} purpose what needs them, for the message */
export async function apt_install(packages, purpose) {
  console.error(
    `${purpose} needs packages that are missing here. They are installed now, by apt-get: ${packages.join(', ')}`,
  );
  const progress = start_progress('installing packages');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-q'], { env, progress });
    const args = ['install', '-q', '-y', '--no-install-recommends', ...packages];
    await run('apt-get', args, { env, progress });
  } catch (error) {
    progress.fail();
    throw error;
  }
  progress.done();
}
