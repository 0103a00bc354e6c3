import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import { importMetaAssets } from '@web/rollup-plugin-import-meta-assets';

export default {
  input: 'app.js',
  output: { dir: 'dist' },
  plugins: [nodeResolve({ browser: true }), importMetaAssets(), terser()],
};
