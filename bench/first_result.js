// The time of a new process to its first result, in milliseconds, as JSON. (`performance` would load more modules of Node.)
const now = () => Number(process.hrtime.bigint()) / 1e6;

const began = now();
const { init, GRUCell } = await import(new URL('../dist/node/index.js', import.meta.url).href);
const loaded = now();
await init();
const cell = new GRUCell(16);
cell.call([new Array(8).fill(0.5)], cell.zero_state(1, 'float32'));
const done = now();
console.log(JSON.stringify({ load: loaded - began, first_result: done - loaded }));
