// The peers are installed by the benchmark alone, and used as they come.
declare module '@tensorflow/tfjs';
declare module '@tensorflow/tfjs-backend-wasm';
declare module 'onnxruntime-node';
declare module 'onnxruntime-web/wasm';
declare module 'wabt';
