// Emscripten in a folder: Debian's next release, put there by debootstrap and entered by chroot.
//
// The distribution's own Emscripten is often years old, and a machine without internet beyond its packages cannot have
// emsdk. The folder lies in the user's cache, so that every clone of the project shares it. It is complete or absent: it
// is made under another name and renamed when everything in it is ready.

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
import { apt_install, apt_sources, distribution, main_archive, proxied_environment } from './apt.js';

const RELEASE = 'forky';
// node-typescript is there for `--emit-tsd`.
const PACKAGES = ['emscripten', 'cmake', 'make', 'ninja-build', 'node-typescript'];
const RECIPE = `${RELEASE}: ${PACKAGES.join(' ')}\n`;
const RECIPE_FILE = 'etc/gru-wasm-toolchain';
const EMSCRIPTEN_CACHE = '/root/.cache/emscripten';
const ENVIRONMENT = {
  HOME: '/root',
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  TMPDIR: '/tmp',
  EM_CACHE: EMSCRIPTEN_CACHE,
};

/** @typedef {import('../toolchain.js').Toolchain} Toolchain */

export function chroot_folder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return process.env.GRU_WASM_TOOLCHAIN || join(cache, 'gru-wasm', 'emscripten');
}

/** @param {string} folder */
function is_complete(folder) {
  const recipe = join(folder, RECIPE_FILE);
  return existsSync(recipe) && readFileSync(recipe, 'utf8') === RECIPE;
}

/** @param {string} folder @param {string} cwd @param {string[]} command @param {import('../run.js').RunOptions} [options] */
function run_inside(folder, cwd, command, options) {
  const enter = [folder, '/bin/sh', '-c', 'cd "$0" && exec "$@"', cwd, ...command];
  return run('chroot', enter, { ...options, env: ENVIRONMENT });
}

/** @param {string} folder @param {import('../progress.js').Progress} progress */
async function debootstrap(folder, progress) {
  const mirror =
    process.env.GRU_WASM_DEBIAN_MIRROR || (distribution() === 'debian' && main_archive(apt_sources()));
  const what = ['--variant=minbase', `--include=${PACKAGES.join(',')}`];
  // An older debootstrap does not know the release by its name: the script of `sid` serves for it. Without a mirror
  // (Ubuntu's archive is another one) debootstrap has one of its own, but only for the names that it knows.
  const from = mirror ? [RELEASE, folder, mirror, 'sid'] : ['testing', folder];
  await run('debootstrap', [...what, ...from], { env: await proxied_environment(), progress });
}

/** Emscripten makes its system libraries when they are first wanted: now, so that no build has to wait for it. */
async function make_system_libraries(
  /** @type {string} */ folder,
  /** @type {import('../progress.js').Progress} */ progress,
) {
  writeFileSync(
    join(folder, 'tmp', 'empty.cpp'),
    '#include <emscripten/bind.h>\n#include <vector>\nint f() { return 1; }\n' +
      'EMSCRIPTEN_BINDINGS(empty) { emscripten::function("f", &f); }\n',
  );
  const flags = ['-O3', '-fno-exceptions', '-fno-rtti', '-DEMSCRIPTEN_HAS_UNBOUND_TYPE_NAMES=0', '-lembind'];
  await run_inside(folder, '/tmp', ['em++', ...flags, 'empty.cpp', '-o', 'empty.mjs'], { progress });
  for (const name of ['empty.cpp', 'empty.mjs', 'empty.wasm']) rmSync(join(folder, 'tmp', name));
}

/** @param {string} folder */
async function install(folder) {
  if (!which('debootstrap')) {
    const keyring = distribution() === 'debian' ? [] : ['debian-archive-keyring'];
    await apt_install(['debootstrap', ...keyring]);
  }
  const unfinished = `${basename(folder)}.unfinished-`;
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(unfinished)) rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
  const place = join(dirname(folder), `${unfinished}${process.pid}`);
  const progress = start_progress('installing Emscripten (once, about 3 minutes and 1.5 GB)');
  try {
    await debootstrap(place, progress);
    progress.update("making Emscripten's system libraries");
    await make_system_libraries(place, progress);
    rmSync(join(place, 'var/cache/apt/archives'), { recursive: true, force: true });
    writeFileSync(join(place, RECIPE_FILE), RECIPE);
    rmSync(folder, { recursive: true, force: true });
    renameSync(place, folder);
  } catch (error) {
    progress.fail();
    rmSync(place, { recursive: true, force: true });
    throw error;
  }
  progress.done(folder);
}

/** @returns {Promise<Toolchain>} */
export async function chroot_toolchain() {
  const folder = chroot_folder();
  if (!is_complete(folder)) {
    await with_lock(`${folder}.lock`, 'installing Emscripten', async () => {
      if (!is_complete(folder)) await install(folder);
    });
  }
  return {
    description: `Emscripten in ${folder}`,
    // Every clone has a folder of its own inside, where its objects stay for the next build.
    async open(root, sources) {
      const inside = `/build/${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
      const outside = join(folder, inside);
      mkdirSync(outside, { recursive: true });
      for (const source of sources) {
        rmSync(join(outside, source), { recursive: true, force: true });
        // The times stay those of the originals: ninja goes by them.
        cpSync(join(root, source), join(outside, source), { recursive: true, preserveTimestamps: true });
      }
      return {
        path: (name) => join(outside, name),
        run: (command, progress) => run_inside(folder, inside, command, { progress }),
      };
    },
  };
}
