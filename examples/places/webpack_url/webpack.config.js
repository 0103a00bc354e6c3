export default {
  mode: 'production',
  entry: './app.js',
  output: { filename: 'app.js' },
  // An import of a binary gives its address.
  module: { rules: [{ test: /\.wasm$/, type: 'asset/resource' }] },
};
