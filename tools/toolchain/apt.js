// Debian's package manager: where this machine's packages come from, and installing some.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { start_progress } from '../progress.js';
import { run, which } from '../run.js';

/** @typedef {{ uri: string, suites: string[], components: string[] }} AptSource */

/** apt-get can be used here, without asking anybody. */
export function can_install() {
  return process.platform === 'linux' && process.getuid?.() === 0 && which('apt-get') !== null;
}

/** The distribution's id in os-release, such as `debian`. */
export function distribution() {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    return /^ID="?([^"\n]*)"?$/m.exec(text)?.[1] ?? '';
  } catch {
    return '';
  }
}

/** The one-line format: `deb [options] uri suite component…`. @param {string} text @returns {AptSource[]} */
export function parse_list(text) {
  const sources = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)((?:\s+[^#\s]+)*)/.exec(line);
    if (match) {
      const [, uri, suite, components] = match;
      sources.push({ uri, suites: [suite], components: components.trim().split(/\s+/) });
    }
  }
  return sources;
}

/** The deb822 format: paragraphs of `Field: values`. @param {string} text @returns {AptSource[]} */
export function parse_deb822(text) {
  const sources = [];
  const without_comments = text.replace(/^#.*\n?/gm, '');
  for (const paragraph of without_comments.split(/\n\s*\n/)) {
    /** @type {Record<string, string[]>} */
    const fields = {};
    for (const [, name, values] of paragraph.matchAll(/^(\S+):((?:.*)(?:\n[ \t]+.*)*)/gm)) {
      fields[name.toLowerCase()] = values.trim().split(/\s+/);
    }
    const off = fields.enabled && /^(no|false|0|off|without)$/i.test(fields.enabled[0]);
    if (off || !fields.types?.includes('deb')) continue;
    for (const uri of fields.uris ?? []) {
      sources.push({ uri, suites: fields.suites ?? [], components: fields.components ?? [] });
    }
  }
  return sources;
}

/** Every enabled source of packages of this machine. @param {string} [folder] */
export function apt_sources(folder = '/etc/apt') {
  const parts = join(folder, 'sources.list.d');
  const files = [join(folder, 'sources.list')];
  if (existsSync(parts)) files.push(...readdirSync(parts).map((name) => join(parts, name)));
  return files.filter(existsSync).flatMap((file) => {
    if (file.endsWith('.list')) return parse_list(readFileSync(file, 'utf8'));
    if (file.endsWith('.sources')) return parse_deb822(readFileSync(file, 'utf8'));
    return [];
  });
}

/**
 * The archive of the whole distribution among the sources: not the one of security updates, nor somebody's own.
 * Its address serves every release, so Debian's next one as well.
 * @param {AptSource[]} sources
 */
export function main_archive(sources) {
  const is_main = (/** @type {AptSource} */ source) =>
    /^(https?|ftp|file|copy):/.test(source.uri) &&
    source.components.includes('main') &&
    source.suites.some((suite) => !/[-/](security|updates|backports|debug|proposed-updates)/.test(suite)) &&
    !/security/.test(source.uri);
  // A vendor's repository also has a component `main`, but no `-updates` beside its suite.
  const candidates = sources.filter(is_main);
  const has_updates = (/** @type {AptSource} */ candidate) =>
    sources.some(({ uri, suites }) => uri === candidate.uri && suites.some((s) => s.endsWith('-updates')));
  return (
    candidates.find(has_updates) ??
    candidates.find(({ uri }) => /\/debian\/?$/.test(uri)) ??
    candidates[0]
  )?.uri;
}

/** The environment with apt's own proxy in it, for programs that know only the variables. */
export async function proxied_environment() {
  const env = { ...process.env };
  for (const scheme of ['http', 'https']) {
    if (env[`${scheme}_proxy`] || env[`${scheme.toUpperCase()}_PROXY`]) continue;
    const { output } = await run('apt-config', ['shell', 'PROXY', `Acquire::${scheme}::Proxy`], {
      may_fail: true,
    });
    const proxy = /^PROXY='(.*)'/m.exec(output)?.[1];
    if (proxy && proxy !== 'DIRECT') env[`${scheme}_proxy`] = proxy;
  }
  return env;
}

/** @param {string[]} packages */
export async function apt_install(packages) {
  const progress = start_progress(`installing ${packages.join(', ')}`);
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
