'use client';
// A client component: the server renders it too, but only the browser runs its effect.
import { dynamic_rnn, GRUCell, init, initializers } from 'gru-wasm';
import { useEffect, useState } from 'react';

/** Made once: in development React runs an effect twice, and a second cell of the same name would be an error. */
let cell;

export function Prediction() {
  const [result, set_result] = useState(null);
  useEffect(() => {
    const predict = async () => {
      const { simd } = await init();
      cell ??= new GRUCell(2, { kernel_initializer: initializers.constant(0.5) });
      const [, state] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
      set_result({ simd, state: state.array() });
    };
    predict();
  }, []);
  return <p>{result ? JSON.stringify(result) : 'loading'}</p>;
}
