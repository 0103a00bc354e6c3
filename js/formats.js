// The entry point `gru-wasm/formats`.
export { load_model } from './models/load_model.js';
