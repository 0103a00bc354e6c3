// What the tests need of the machine: compilers, GoogleTest, clang-format, a browser, and which Node runs what.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { which } from '../run.js';
import { apt_install, can_install } from '../toolchain/apt.js';

/** Debian packages, and whether each is present. @type {Record<string, () => unknown>} */
const NEEDS = {
  'g++': () => which('g++'),
  cmake: () => which('cmake'),
  'ninja-build': () => which('ninja'),
  'libgtest-dev': () =>
    existsSync('/usr/include/gtest/gtest.h') || existsSync('/usr/local/include/gtest/gtest.h'),
  'clang-format': () => which('clang-format'),
  'clang-tidy': () => which('clang-tidy'),
  chromium: () => browser_path(),
};

/** An installed Chromium, or what `GRU_BROWSER` names. */
export function browser_path() {
  return process.env.GRU_BROWSER || which('chromium') || which('chromium-browser') || which('google-chrome');
}

/** As root on Debian installs what is missing; elsewhere prints what is missing. */
export async function prepare_machine() {
  const missing = Object.keys(NEEDS).filter((name) => !NEEDS[name]());
  if (!missing.length) return;
  if (can_install()) await apt_install(missing, 'npm test');
  else {
    console.error(
      `Missing on this machine: ${missing.join(', ')} (Debian's names). The stages that need them will fail.`,
    );
  }
}

/** @param {string} path */
function version_of(path) {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

/** @param {string} version such as `v22.1.0` */
const major = (version) => Number(/^v(\d+)/.exec(version)?.[1] ?? 0);

/**
 * The available Nodes: the machine's, and the development dependency `node`, which npm puts first on the PATH of scripts.
 * @param {string} root
 */
export function nodes(root) {
  const candidates = [
    process.env.npm_node_execpath,
    process.execPath,
    join(root, 'node_modules/.bin', process.platform === 'win32' ? 'node.cmd' : 'node'),
  ];
  const available = candidates
    .filter((path) => path !== undefined)
    .map((path) => ({ path, version: version_of(path) }))
    .filter(({ version }) => major(version) >= 20)
    .sort((a, b) => major(a.version) - major(b.version));
  return { oldest: available[0], newest: available[available.length - 1], all: available };
}

/**
 * The oldest available Node that can run a binary.
 * @param {{ probe: readonly number[] }} binary
 * @param {string} root
 * @returns {{ path: string, version: string } | undefined}
 */
export function node_for({ probe }, root) {
  const check = `process.exit(WebAssembly.validate(Uint8Array.of(${probe})) ? 0 : 1)`;
  return nodes(root).all.find(({ path }) => spawnSync(path, ['-e', check]).status === 0);
}
