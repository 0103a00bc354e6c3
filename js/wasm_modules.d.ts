// An import of a binary, as in workerd.
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
