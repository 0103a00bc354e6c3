// The cuts of Emscripten's glue: each must match, and says so when it does not.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { CUTS, cut_glue } from '../../tools/build/cut_glue.js';

test('a glue in which a cut does not match is an error that names the cut and the versions', () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../tools/emscripten.json', import.meta.url), 'utf8'),
  );
  expect(() => cut_glue('var Module;', 'web', '9.8.7')).toThrow(
    `the glue of Emscripten 9.8.7 has no part that matches the cut "${CUTS[0].name}"`,
  );
  expect(() => cut_glue('var Module;', 'web', '9.8.7')).toThrow(`written for Emscripten ${version}`);
});

test.each(['node', 'web'])('the glue for %s that was built has none of the parts', (environment) => {
  const glue = readFileSync(new URL(`../../dist/glue.${environment}.js`, import.meta.url), 'utf8');
  for (const part of [
    'import.meta',
    'createRequire',
    'fetch(',
    'TextDecoder',
    'InvokerFunctions',
    'registeredTypes',
  ])
    expect([part, glue.includes(part)]).toEqual([part, false]);
});
