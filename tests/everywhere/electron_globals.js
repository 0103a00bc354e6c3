// Makes a page look like Electron's renderer with Node integration, which scripts that look for `process` take for Node.
Object.assign(globalThis, {
  process: {
    type: 'renderer',
    platform: 'linux',
    versions: { node: '22.20.0', electron: '39.0.0', chrome: '142.0.0' },
    argv: ['electron'],
    env: {},
    on() {},
  },
  global: globalThis,
  require: (/** @type {string} */ name) => {
    throw new Error(`require('${name}') in a page`);
  },
  module: { exports: {} },
});
