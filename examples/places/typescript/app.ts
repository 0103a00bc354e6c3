import { dynamic_rnn, GRUCell, type GRUCellOptions, init, initializers, type Tensor } from 'gru-wasm';
import { load_model } from 'gru-wasm/formats';
import { Dense, GRU, Sequential } from 'gru-wasm/keras';

const { simd } = await init();
const options: GRUCellOptions = { kernel_initializer: initializers.constant(0.5) };
const cell = new GRUCell(2, options);
const [, state]: [Tensor, Tensor] = dynamic_rnn(cell, [[[1], [-2], [0.5]]]);
console.log(JSON.stringify({ simd, state: state.array() }));

const model = new Sequential([new GRU(4), new Dense(1)]);
model.build([null, null, 1]);
const file: Uint8Array = await model.save();
const shape: readonly number[] = (await load_model(file)).predict([[[1], [2]]]).shape;
if (shape.length !== 2) throw new Error(`the output has the shape ${shape}`);

// The types know what is wrong.
// @ts-expect-error: units is a number
export const wrong = () => new GRUCell('2');
