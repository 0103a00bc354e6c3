// onnxruntime-web: its WebAssembly back end, SIMD, one thread.
import ort from 'onnxruntime-web/wasm';
import { version_of } from '../versions.js';
import { onnxruntime } from './onnxruntime.js';

export async function open() {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return onnxruntime(ort, version_of('onnxruntime-web'), { executionProviders: ['wasm'] });
}
