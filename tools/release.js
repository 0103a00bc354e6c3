// Checks everything before a release, from clean clones of the commit that is checked out:
//
//   npm run release                   all checks
//   npm run release -- --skip-tests   without npm test and npm run test:everywhere
//   npm run release -- --rehearsal    between releases, when the changelog has no version yet
//
// It publishes nothing: the workflow `publish` does, from the tag.

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { start_progress } from './progress.js';
import { report_failure, run } from './run.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/**
 * @param {string} title
 * @param {(progress: import('./progress.js').Progress) => Promise<string>} work its result is shown
 */
async function stage(title, work) {
  const progress = start_progress(title);
  try {
    progress.done(await work(progress));
  } catch (error) {
    progress.fail();
    throw error;
  }
}

const git = async (/** @type {string[]} */ ...args) => (await run('git', args, { cwd: ROOT })).output.trim();

/** The commit is complete, and its version is new and described. @param {boolean} rehearsal @returns {Promise<string>} */
async function check_commit(rehearsal) {
  const changes = await git('status', '--porcelain');
  if (changes) throw new Error(`commit first; these files have changed:\n${changes}`);
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
  if (lock.version !== version)
    throw new Error(`package-lock.json has the version ${lock.version}, package.json ${version}`);
  const [, newest] = /^## \[?([\w.-]+)/m.exec(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8')) ?? [];
  if (newest !== version && !(rehearsal && newest === 'Unreleased'))
    throw new Error(`CHANGELOG.md begins with the version ${newest}, but package.json has ${version}`);
  const tagged = await git('tag', '--list', `v${version}`);
  if (tagged && (await git('rev-list', '-n', '1', tagged)) !== (await git('rev-parse', 'HEAD')))
    throw new Error(`the tag ${tagged} is another commit: this version was released before`);
  return `${version}, commit ${await git('rev-parse', '--short', 'HEAD')}`;
}

/**
 * A clean clone, built and packed.
 * @param {string} folder
 * @param {import('./progress.js').Progress} progress
 * @returns {Promise<string>} the path of the tarball
 */
async function pack_clone(folder, progress) {
  await run('git', ['clone', '--quiet', '--no-hardlinks', ROOT, folder], { cwd: ROOT, progress });
  for (const args of [
    ['install', '--no-audit', '--no-fund', '--no-save'],
    ['run', 'build'],
  ])
    await run('npm', args, { cwd: folder, progress });
  const { output } = await run('npm', ['pack', '--ignore-scripts', '--silent'], { cwd: folder, progress });
  return join(folder, /** @type {string} */ (output.trim().split('\n').at(-1)));
}

/** The files of a tarball: their names and hashes. @param {string} path @returns {Promise<Map<string, string>>} */
async function files_of(path) {
  const bytes = gunzipSync(await readFile(path));
  const files = new Map();
  for (let at = 0; bytes[at]; ) {
    const text = (/** @type {number} */ start, /** @type {number} */ length) =>
      bytes.toString('utf8', at + start, at + start + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    const content = bytes.subarray(at + 512, at + 512 + size);
    const name = [text(345, 155), text(0, 100)].filter(Boolean).join('/');
    files.set(name, createHash('sha256').update(content).digest('hex'));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** @param {string} first path of a tarball @param {string} second */
async function compare(first, second) {
  const [a, b] = [await files_of(first), await files_of(second)];
  const names = new Set([...a.keys(), ...b.keys()]);
  const different = [...names].filter((name) => a.get(name) !== b.get(name));
  if (different.length)
    throw new Error(
      `two builds of the same commit differ in ${different.length} files:\n${different.join('\n')}`,
    );
  const hash = createHash('sha256')
    .update(await readFile(first))
    .digest('hex');
  return `${names.size} files are the same in both, sha256 of the tarball ${hash}`;
}

async function main() {
  const { values } = parseArgs({
    options: { 'skip-tests': { type: 'boolean' }, rehearsal: { type: 'boolean' } },
  });
  await stage('commit', () => check_commit(values.rehearsal ?? false));
  const folder = await mkdtemp(join(tmpdir(), 'gru-wasm-release-'));
  try {
    /** @type {string[]} */
    const tarballs = [];
    for (const name of ['first', 'a second folder'])
      await stage(`build in ${name}`, async (progress) => {
        tarballs.push(await pack_clone(join(folder, name), progress));
        return '';
      });
    await stage('reproducible', () => compare(tarballs[0], tarballs[1]));
    const clone = join(folder, 'first');
    if (!values['skip-tests'])
      for (const name of ['test', 'test:everywhere'])
        await stage(`npm run ${name}`, async (progress) => {
          const { output } = await run('npm', ['run', name], { cwd: clone, progress });
          return output.trim().split('\n').at(-1) ?? '';
        });
    await stage('npm publish --dry-run', async (progress) => {
      const args = ['publish', '--dry-run', '--ignore-scripts', '--access', 'public'];
      const { output } = await run('npm', args, { cwd: clone, progress });
      // Who is not logged in, which a dry run does not need, gets a warning.
      const warnings = output
        .split('\n')
        .filter((line) => /npm (warn|error)/i.test(line) && !line.includes('requires you to be logged in'));
      if (warnings.length) throw new Error(`npm has complaints:\n${warnings.join('\n')}`);
      return '';
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await main().catch((error) => {
  report_failure(error);
  process.exitCode = 1;
});
