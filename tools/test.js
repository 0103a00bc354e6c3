// Runs all checks and tests. First it installs what they need.
//
//   node tools/test.js                              all stages
//   node tools/test.js --only native --only types   these stages
//
// All stages run even if one fails. The last line of the output has the number of test cases; CI reads it.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { start_progress } from './progress.js';
import { report_failure, run } from './run.js';
import { prepare_machine } from './test/machine.js';
import { STAGES } from './test/stages.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** @returns {import('./test/stages.js').Stage[]} */
function chosen_stages() {
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
  const only = values.only?.flatMap((names) => names.split(','));
  const unknown = only?.filter((name) => !STAGES.some((stage) => stage.name === name)) ?? [];
  if (unknown.length) {
    throw new Error(
      `unknown stage ${unknown.join(', ')}; there are ${STAGES.map(({ name }) => name).join(', ')}`,
    );
  }
  return STAGES.filter(({ name, by_name_only }) => (only ? only.includes(name) : !by_name_only));
}

async function main() {
  const totals = { passed: 0, failed: 0 };
  let ok = true;
  try {
    const stages = chosen_stages();
    await prepare_machine();
    const build = start_progress('build');
    const command = ['tools/build.js', '--if-needed', '--skip-types'];
    await run(process.execPath, command, { cwd: ROOT, progress: build }).catch((error) => {
      build.fail();
      throw error;
    });
    build.done();

    for (const stage of stages) {
      const progress = start_progress(stage.name);
      const { counts, note, error } = await stage
        .run({ root: ROOT, progress })
        .catch((error) => ({ error, counts: undefined, note: undefined }));
      totals.passed += counts?.passed ?? 0;
      // A stage without test cases, such as the formatter, counts as one failure.
      totals.failed += counts?.failed || (error ? 1 : 0);
      const skipped = counts?.skipped ? `, ${counts.skipped} skipped` : '';
      const summary = [note, counts && `${counts.passed} passed, ${counts.failed} failed${skipped}`];
      const line = summary.filter(Boolean).join(', ');
      if (error) {
        ok = false;
        progress.fail(line);
        report_failure(error);
      } else {
        progress.done(line);
      }
    }
  } catch (error) {
    ok = false;
    totals.failed += 1;
    report_failure(error);
  }
  process.exitCode = ok ? 0 : 1;
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
}

await main();
