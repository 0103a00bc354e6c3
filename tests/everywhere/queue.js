// examples/batch_scoring over a queue: two workers on Redis, of which one is killed while it works.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { which } from '../../tools/run.js';
import { apt_install, can_install } from '../../tools/toolchain/apt.js';
import { Skipped } from './skipped.js';

const FOLDER = fileURLToPath(new URL('../../examples/batch_scoring', import.meta.url));

const LINES = Array.from({ length: 1500 }, (_, id) =>
  JSON.stringify({ id, text: 'It is not down in any map; true places never are.'.slice(id % 30) }),
);

/** The longest time for all of it, in milliseconds. */
const LIMIT = 120_000;

async function free_port() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function launch(program, args, env = {}) {
  const child = spawn(program, args, {
    cwd: FOLDER,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const started = { child, output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    started.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    started.errors += text;
  });
  // A program that has ended takes no more input.
  child.stdin.on('error', () => undefined);
  return started;
}

/** @typedef {ReturnType<typeof launch>} Launched */

/** @param {Launched} launched @param {() => boolean} is_so @param {string} what */
async function until(launched, is_so, what) {
  for (const end = Date.now() + LIMIT; Date.now() < end; await wait(20)) {
    if (is_so()) return;
    if (launched.child.exitCode !== null)
      throw new Error(`${what}: the program ended with ${launched.child.exitCode}: ${launched.errors}`);
  }
  throw new Error(`${what}: not after ${LIMIT / 1000} s: ${launched.errors}`);
}

/** @param {Launched} launched @param {NodeJS.Signals} [signal] */
async function end(launched, signal) {
  if (launched.child.exitCode !== null || launched.child.signalCode !== null) return;
  const ended = once(launched.child, 'exit');
  launched.child.kill(signal);
  const patience = setTimeout(() => launched.child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(patience);
}

/** @type {import('./ways.js').Way} */
export async function over_queue({ node }) {
  if (!which('redis-server')) {
    if (!can_install())
      throw new Skipped('there is no redis-server here, and only root on Debian installs it');
    await apt_install(['redis-server'], 'npm run test:everywhere');
  }
  const folder = await mkdtemp(join(tmpdir(), 'gru-wasm-redis-'));
  const port = String(await free_port());
  const env = { REDIS_PORT: port, SCORE_SILENCE: '2000' };
  const program = await node();
  /** @type {Launched[]} */
  const launched = [];
  const start = (/** @type {Parameters<typeof launch>} */ ...args) => {
    launched.push(launch(...args));
    return /** @type {Launched} */ (launched.at(-1));
  };
  try {
    // One process scores all lines.
    const direct = start(program, ['score.js', '--threads', '1']);
    direct.child.stdin.end(LINES.join('\n'));

    const redis = start('redis-server', [
      '--port',
      port,
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
    ]);
    await until(redis, () => redis.output.includes('Ready to accept connections'), 'starting Redis');
    const workers = [start(program, ['queue_worker.js'], env), start(program, ['queue_worker.js'], env)];
    for (const worker of workers)
      await until(worker, () => worker.errors.includes('waiting'), 'starting a worker');
    const client = start(program, ['queue_client.js'], env);
    client.child.stdin.end(LINES.join('\n'));
    await until(client, () => client.output.length > 0, 'the first scores');
    await end(workers[0], 'SIGKILL');
    const is_complete = () => client.output.split('\n').length > LINES.length;
    if (is_complete()) throw new Error('the worker was killed too late: all lines were scored before');
    await until(client, is_complete, 'all scores');
    await until(direct, () => direct.output.split('\n').length > LINES.length, 'the scores of one process');
    if (client.output !== direct.output)
      throw new Error('the scores over the queue differ from those of one process');
    return [];
  } finally {
    for (const one of launched.reverse()) await end(one);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
