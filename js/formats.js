// The entry point `gru-wasm/formats`.
export { load_model } from './models/load_model.js';
export { load_weights } from './models/load_weights.js';
export { read_weights } from './models/read_weights.js';
export { write_weights } from './models/write_weights.js';
