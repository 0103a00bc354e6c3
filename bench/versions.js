// The versions of the installed packages.
import { readFileSync } from 'node:fs';

/** @param {string} name of a peer @returns {string} */
export function version_of(name) {
  const path = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
