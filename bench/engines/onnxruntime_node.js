// onnxruntime-node: native code, one thread.
import ort from 'onnxruntime-node';
import { version_of } from '../versions.js';
import { onnxruntime } from './onnxruntime.js';

export async function open() {
  return onnxruntime(ort, version_of('onnxruntime-node'), {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
  });
}
