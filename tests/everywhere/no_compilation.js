// Forbids the threads of a program to compile WebAssembly; the main thread may. For `node --import`.
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) {
  const forbid = () => {
    throw new WebAssembly.CompileError('this thread must not compile');
  };
  const { instantiate } = WebAssembly;
  WebAssembly.compile = async () => forbid();
  WebAssembly.compileStreaming = async () => forbid();
  WebAssembly.instantiateStreaming = async () => forbid();
  WebAssembly.instantiate = /** @type {typeof instantiate} */ (
    async (/** @type {any} */ source, /** @type {any} */ imports) =>
      source instanceof WebAssembly.Module ? instantiate(source, imports) : forbid()
  );
  WebAssembly.Module = new Proxy(WebAssembly.Module, { construct: forbid });
}
