// A GRU that runs once for every sample of sound. Its two units are the two channels of the output.
import { GRUCell, init, initializers } from 'gru-wasm';

class GRUProcessor extends AudioWorkletProcessor {
  /** null: not started yet. */
  stream = null;

  constructor({ processorOptions }) {
    super();
    this.start(processorOptions.wasm).then(
      (message) => this.port.postMessage(message),
      (error) => this.port.postMessage({ error: String(error) }),
    );
  }

  async start(wasm) {
    const { simd } = await init({ wasm });
    const cell = new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
    this.stream = cell.build([null, 1]).stream();
    return { simd };
  }

  process([[samples]], [channels]) {
    const { stream } = this;
    if (!stream || !samples) return true;
    const { input, state } = stream;
    for (let i = 0; i < samples.length; i++) {
      input[0] = samples[i];
      stream.step();
      channels[0][i] = state[0];
      channels[1][i] = state[1];
    }
    return true;
  }
}

registerProcessor('gru', GRUProcessor);
