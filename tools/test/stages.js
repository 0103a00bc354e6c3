// The stages of `npm test`, in their order: each is a function that throws when it fails.

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BINARIES } from '../../js/runtime/binaries.js';
import { CommandError, run } from '../run.js';
import { browser_path, node_for, nodes } from './machine.js';
import { ctest_counts, jest_counts } from './results.js';

/**
 * @typedef {import('./results.js').Counts} Counts
 * @typedef {object} Context
 * @property {string} root
 * @property {import('../progress.js').Progress} progress
 * @typedef {{ counts?: Counts, note?: string, error?: unknown }} Outcome
 * @typedef {object} Stage
 * @property {string} name
 * @property {boolean} [by_name_only]
 * @property {(context: Context) => Promise<Outcome>} run
 */

/** @param {string} root @param {string} folder @param {RegExp} pattern @returns {string[]} */
function files_in(root, folder, pattern) {
  if (!existsSync(join(root, folder))) return [];
  const names = /** @type {string[]} */ (readdirSync(join(root, folder), { recursive: true }));
  return names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
}

/** @param {string} root @param {string} name a fresh file for a report */
function report_file(root, name) {
  const folder = join(root, 'build/reports');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  rmSync(file, { force: true });
  return file;
}

/**
 * Failed test cases are counted; a program that fails without a failed test case is an error too.
 * @param {{ code: number, output: string }} result @param {Counts} counts @param {string} command @param {string} [note]
 * @returns {Outcome}
 */
function outcome_of({ code, output }, counts, command, note) {
  if (code === 0 && counts.failed === 0 && counts.passed > 0) return { counts, note };
  const reason = code === 0 && counts.failed === 0 ? 'ran no test' : `exit code ${code}`;
  return { counts, note, error: new CommandError(command, reason, output) };
}

/** @param {string} preset @returns {Stage['run']} */
function native(preset) {
  return async ({ root, progress }) => {
    await run('cmake', ['--preset', preset], { cwd: root, progress });
    await run('cmake', ['--build', '--preset', preset], { cwd: root, progress });
    const report = report_file(root, `${preset}.xml`);
    const args = ['--preset', preset, '--no-tests=error', '--output-junit', report];
    const result = await run('ctest', args, { cwd: root, progress, may_fail: true });
    return outcome_of(result, ctest_counts(report), `ctest --preset ${preset}`);
  };
}

/**
 * @param {string} name
 * @param {'unit' | 'package' | 'browser'} tests
 * @param {{ binary?: (typeof BINARIES)[number], env?: () => Record<string, string> }} [options] `binary`: the one under test, on the
 *   oldest Node that can run it; default: the newest Node
 * @returns {Stage['run']}
 */
function jest(name, tests, { binary, env } = {}) {
  return async ({ root, progress }) => {
    const node = binary ? node_for(binary, root) : nodes(root).newest;
    if (!node) {
      throw new Error(
        `No Node here can run the ${binary?.name} binary. The development dependency "node" brings one that can ` +
          '(npm must be allowed to run its install script).',
      );
    }
    const report = report_file(root, `${name}.json`);
    const args = ['--experimental-vm-modules', '--no-warnings', join(root, 'node_modules/jest/bin/jest.js')];
    args.push('--config', 'jest.config.js', '--json', '--outputFile', report, '--passWithNoTests');
    const result = await run(node.path, args, {
      cwd: root,
      env: { ...process.env, GRU_TESTS: tests, ...(binary && { GRU_SIMD: binary.simd }), ...env?.() },
      progress,
      may_fail: true,
    });
    // Jest prints the JSON report to the output as well, where it is removed.
    const output = result.output.replace(/^\{"num.*$/m, '');
    return outcome_of({ ...result, output }, jest_counts(report), `jest (${name})`, `Node ${node.version}`);
  };
}

/** @type {Stage[]} */
export const STAGES = [
  {
    name: 'format-cpp',
    async run({ root, progress }) {
      const pattern = /\.(cpp|h)$/;
      const files = [...files_in(root, 'cpp', pattern), ...files_in(root, 'tests/native', pattern)];
      await run('clang-format', ['--dry-run', '-Werror', ...files], { cwd: root, progress });
      return { note: `${files.length} files` };
    },
  },
  {
    name: 'tidy-cpp',
    async run({ root, progress }) {
      // bindings.cpp is left out: it needs Emscripten's headers.
      const files = ['cpp/gru', 'cpp/kernels'].flatMap((folder) => files_in(root, folder, /\.cpp$/));
      await run('clang-tidy', ['--quiet', ...files, '--', '-std=c++20', '-Icpp'], { cwd: root, progress });
      return { note: `${files.length} files` };
    },
  },
  {
    name: 'lint',
    async run({ root, progress }) {
      const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
      await run(process.execPath, [biome, 'check', '--error-on-warnings'], { cwd: root, progress });
      return {};
    },
  },
  {
    name: 'types',
    async run({ root, progress }) {
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      await run(process.execPath, [tsc, '--project', 'tsconfig.json'], { cwd: root, progress });
      // The types that the package ships are made here, and not in the build before all stages: a mistake in a type
      // should fail this stage and not keep the others from running.
      const build = ['tools/build.js', '--if-needed', '--skip-wasm', '--skip-js'];
      await run(process.execPath, build, { cwd: root, progress });
      return {};
    },
  },
  { name: 'native', run: native('native') },
  { name: 'native-sanitize', run: native('native-sanitize') },
  ...BINARIES.map((binary) => {
    const name = `jest-${binary.name}`;
    return { name, run: jest(name, 'unit', { binary }) };
  }),
  { name: 'package', run: jest('package', 'package') },
  {
    name: 'browser',
    run: jest('browser', 'browser', { env: () => ({ GRU_BROWSER: browser_path() ?? '' }) }),
  },
  {
    // All 2^32 floats: takes minutes.
    name: 'exhaustive',
    by_name_only: true,
    async run({ root, progress }) {
      await run('cmake', ['--preset', 'native'], { cwd: root, progress });
      await run('cmake', ['--build', '--preset', 'exhaustive'], { cwd: root, progress });
      const counts = { passed: 0, failed: 0, skipped: 0 };
      for (const name of ['exhaustive_tests', 'exhaustive_tests_fused']) {
        const report = report_file(root, `${name}.xml`);
        await run(join(root, 'build/native', name), [`--gtest_output=xml:${report}`], {
          cwd: root,
          progress,
        });
        counts.passed += ctest_counts(report).passed;
      }
      return outcome_of({ code: 0, output: '' }, counts, 'exhaustive_tests');
    },
  },
];
