// ONNX Runtime, for any of its builds: the GRU operator, one thread; constants and feeds are created once.
import { onnx_model } from './onnx_model.js';

/**
 * @param {any} ort the package
 * @param {string} version
 * @param {object} session_options
 * @returns {import('../work.js').Engine}
 */
export function onnxruntime(ort, version, session_options) {
  return {
    version,
    async prepare(work) {
      if (work.kind === 'training' || work.kind === 'call') return null;
      const { batch, steps, layers, inputs, x } = work;
      const output_name = work.kind === 'step' ? 'y_h' : 'y';
      const session = await ort.InferenceSession.create(onnx_model(layers, batch, steps, output_name), {
        ...session_options,
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
      });
      /** @type {Record<string, any>} */
      const feeds = { x: new ort.Tensor('float32', x, [steps, batch, inputs]) };
      const begin = () => {
        if (output_name === 'y_h') feeds.h = new ort.Tensor('float32', work.state, [1, batch, work.units[0]]);
      };
      begin();
      return {
        run:
          output_name === 'y_h'
            ? async () => {
                feeds.h = (await session.run(feeds)).y_h;
              }
            : () => session.run(feeds),
        async output() {
          begin();
          const { data } = (await session.run(feeds))[output_name];
          return data.slice();
        },
        dispose: () => session.release(),
      };
    },
  };
}
