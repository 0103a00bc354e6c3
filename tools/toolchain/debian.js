// Emscripten for machines that have none: packages of Debian's next release, unpacked into a folder that is entered by chroot.
//
// The Emscripten of the current release is often years old. The packages are downloaded by apt, which checks their signatures, and only
// unpacked: their installation scripts do not run, which is four times as fast as debootstrap. The folder is in the
// user's cache, so that every clone of the project shares it. It is made under another name and renamed when it is complete.

import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { with_lock } from '../lock.js';
import { start_progress } from '../progress.js';
import { run, which } from '../run.js';
import { main_archive } from './apt.js';

const RELEASE = 'forky';
// What a script of Emscripten may call, and the tools themselves; node-typescript is there for `--emit-tsd`.
const PACKAGES = [
  'base-files',
  'dash',
  'coreutils',
  'sed',
  'grep',
  'emscripten',
  'cmake',
  'ninja-build',
  'node-typescript',
];
const RECIPE = `${RELEASE}, unpacked: ${PACKAGES.join(' ')}\n`;
const RECIPE_FILE = 'etc/gru-wasm-toolchain';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const ENVIRONMENT = {
  HOME: '/root',
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  TMPDIR: '/tmp',
  EM_CACHE: '/root/.cache/emscripten',
};

const is_root = () => process.getuid?.() === 0;

/** An ordinary user enters the folder as the root of a namespace, which needs no rights. */
const ENTER = is_root()
  ? ['chroot']
  : [
      'unshare',
      '--map-root-user',
      '--mount',
      'sh',
      '-c',
      'mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"',
    ];

function toolchain_folder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return process.env.GRU_WASM_TOOLCHAIN || join(cache, 'gru-wasm', 'emscripten');
}

/** @param {string} folder */
function is_complete(folder) {
  const recipe = join(folder, RECIPE_FILE);
  return existsSync(recipe) && readFileSync(recipe, 'utf8') === RECIPE;
}

/** The archive with Debian's next release: of one of this machine's sources, or the one that `GRU_WASM_DEBIAN_MIRROR` names. */
const archive = async () => process.env.GRU_WASM_DEBIAN_MIRROR || (await main_archive());

/** @returns {Promise<string | null>} why the packages cannot be used here; null: they can */
export async function debian_obstacle() {
  if (is_complete(toolchain_folder())) return null;
  if (!(await archive())) return 'this machine is not a Debian with its archive among the sources of apt';
  if (!existsSync(KEYRING)) return `${KEYRING} is missing (package debian-archive-keyring)`;
  const missing = ['apt-get', 'dpkg-deb', 'chroot'].filter((name) => !which(name));
  if (missing.length) return `${missing.join(' and ')} is missing`;
  if (is_root()) return null;
  const { code } = await run('unshare', ['--map-root-user', '--mount', 'true'], { may_fail: true }).catch(
    () => ({ code: 1 }),
  );
  return code === 0 ? null : 'this user is not root and cannot make namespaces (unshare)';
}

/** @param {string} folder @param {string} cwd @param {string[]} command @param {import('../run.js').RunOptions} [options] */
function run_inside(folder, cwd, command, options) {
  const [enter, ...args] = [...ENTER, folder, '/bin/sh', '-c', 'cd "$0" && exec "$@"', cwd, ...command];
  return run(enter, args, { ...options, env: ENVIRONMENT });
}

/**
 * Downloads the packages and all their dependencies, with an apt configuration that ignores the packages of this machine.
 * @param {string} folder for apt's files
 * @param {import('../progress.js').Progress} progress
 * @returns {Promise<string[]>} the paths of the packages
 */
async function download(folder, progress) {
  const archives = join(folder, 'archives');
  mkdirSync(join(folder, 'lists/partial'), { recursive: true });
  mkdirSync(join(archives, 'partial'), { recursive: true });
  const sources = join(folder, 'sources.list');
  writeFileSync(sources, `deb [signed-by=${KEYRING}] ${await archive()} ${RELEASE} main\n`);
  writeFileSync(join(folder, 'status'), '');
  const settings = {
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': folder,
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Acquire::Languages': 'none',
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': '',
    'Debug::NoLocking': 'true',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await run('apt-get', [...options, '-q', 'update'], { progress });
  await run('apt-get', [...options, '-q', '-y', '--download-only', 'install', ...PACKAGES], { progress });
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(archives, name));
}

/** @param {string[]} packages @param {string} folder @param {import('../progress.js').Progress} progress */
async function unpack(packages, folder, progress) {
  let next = 0;
  const work = async () => {
    while (next < packages.length) {
      const path = packages[next++];
      progress.update(`unpacking ${next} of ${packages.length}: ${basename(path)}`);
      await run('dpkg-deb', ['--extract', path, folder]);
    }
  };
  await Promise.all([work(), work()]);
}

/** What programs expect of a root file system beside the packages. @param {string} folder */
async function complete_root(folder) {
  for (const name of ['dev', 'tmp', 'root', 'build']) mkdirSync(join(folder, name), { recursive: true });
  if (!is_root()) return;
  const null_device = join(folder, 'dev/null');
  const { code } = await run('mknod', ['-m', '666', null_device, 'c', '1', '3'], { may_fail: true });
  if (code !== 0) writeFileSync(null_device, '');
}

/** Emscripten makes its system libraries when they are first used: here, so that no build waits for them. */
async function make_system_libraries(
  /** @type {string} */ folder,
  /** @type {import('../progress.js').Progress} */ progress,
) {
  writeFileSync(
    join(folder, 'tmp/empty.cpp'),
    '#include <emscripten/bind.h>\n#include <vector>\nint f() { return 1; }\n' +
      'EMSCRIPTEN_BINDINGS(empty) { emscripten::function("f", &f); }\n',
  );
  const flags = ['-O3', '-fno-exceptions', '-fno-rtti', '-DEMSCRIPTEN_HAS_UNBOUND_TYPE_NAMES=0', '-lembind'];
  await run_inside(folder, '/tmp', ['em++', ...flags, 'empty.cpp', '-o', 'empty.mjs'], { progress });
  for (const name of ['empty.cpp', 'empty.mjs', 'empty.wasm']) rmSync(join(folder, 'tmp', name));
}

/** @param {string} folder */
async function install(folder) {
  const prefix = `${basename(folder)}.unfinished-`;
  for (const name of readdirSync(dirname(folder)))
    if (name.startsWith(prefix)) rmSync(join(dirname(folder), name), { recursive: true, force: true });
  const unfinished = join(dirname(folder), `${prefix}${process.pid}`);
  console.error(
    `Emscripten is set up now, once, from packages of Debian ${RELEASE}: 200 MB to download, 1 GB in ${folder}, about two\n` +
      'minutes. Nothing outside that folder changes; delete it to be rid of it. To use another Emscripten instead, stop this and put\n' +
      'its emcc on the PATH (see CONTRIBUTING.md).',
  );
  const progress = start_progress('setting up Emscripten');
  try {
    const packages = await download(join(unfinished, 'apt'), progress);
    const root = join(unfinished, 'root');
    mkdirSync(root);
    await unpack(packages, root, progress);
    await complete_root(root);
    progress.update("making Emscripten's system libraries");
    await make_system_libraries(root, progress);
    writeFileSync(join(root, RECIPE_FILE), RECIPE);
    rmSync(folder, { recursive: true, force: true });
    renameSync(root, folder);
  } catch (error) {
    progress.fail();
    throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  progress.done();
}

/** @returns {Promise<import('../toolchain.js').Toolchain>} */
export async function debian_toolchain() {
  const folder = toolchain_folder();
  if (!is_complete(folder)) {
    await with_lock(folder, 'setting up Emscripten', async () => {
      if (!is_complete(folder)) await install(folder);
    });
  }
  return {
    description: `Emscripten in ${folder}`,
    // Each clone has a separate folder inside, in which its objects stay for the next build.
    async open(root, sources) {
      const inside = `/build/${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
      const outside = join(folder, inside);
      mkdirSync(outside, { recursive: true });
      for (const source of sources) {
        rmSync(join(outside, source), { recursive: true, force: true });
        // ninja compares the times of files, so they stay those of the originals.
        cpSync(join(root, source), join(outside, source), { recursive: true, preserveTimestamps: true });
      }
      return {
        path: (name) => join(outside, name),
        run: (command, progress) => run_inside(folder, inside, command, { progress }),
      };
    },
  };
}
