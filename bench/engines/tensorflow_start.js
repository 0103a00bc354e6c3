// TensorFlow.js with its WebAssembly back end: SIMD, one thread.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version_of } from '../versions.js';

export const version = version_of('@tensorflow/tfjs-backend-wasm');

/** @returns {Promise<any>} the package */
export async function start_tensorflow() {
  // Suppresses the advice to install the native package, which TensorFlow.js prints in Node.
  const { info } = console;
  console.info = () => {};
  const { warn } = console;
  console.warn = () => {};
  const { default: tf } = await import('@tensorflow/tfjs');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')))}/`);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  await tf.ready();
  Object.assign(console, { info, warn });
  return tf;
}
