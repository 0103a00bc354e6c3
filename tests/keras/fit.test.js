// fit: learning, seeds, callbacks, validation, stopping; losses and metrics.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FailedPreconditionError, GRUCell, RuntimeError } from '../../js/index.js';
import { Dense, Embedding, losses, RNN, Sequential } from '../../js/keras.js';
import { IDS, logits_loss, make_model, remember, SAMPLES, values_of } from '../helpers/models.js';
import { ready } from '../helpers/ready.js';

beforeAll(ready);

describe('fit', () => {
  test('trains, and returns the history', async () => {
    const { x, y } = remember();
    const model = make_model();
    const { history, epoch, stopped } = await model.fit(x, y, {
      epochs: 60,
      batch_size: 16,
      seed: 5,
      validation_data: [x, y],
    });
    expect(Object.keys(history)).toEqual(['loss', 'accuracy', 'val_loss', 'val_accuracy']);
    expect([history.loss.length, epoch.length, stopped]).toEqual([60, 60, false]);
    expect(history.loss[0]).toBeGreaterThan(1);
    expect(history.loss[59]).toBeLessThan(0.15);
    expect(history.accuracy[59]).toBeGreaterThan(0.95);
    const [loss, accuracy] = /** @type {number[]} */ (model.evaluate(x, y, { batch_size: 7 }));
    expect(loss).toBeCloseTo(history.val_loss[59], 5);
    expect(accuracy).toBeCloseTo(history.val_accuracy[59], 10);
    model.dispose();
  });

  test('the same seeds give the same weights to the bit, also with initial_epoch', async () => {
    const { x, y } = remember();
    const models = [make_model(), make_model(), make_model({ metrics: [] })];
    await models[0].fit(x, y, { epochs: 4, seed: 5 });
    await models[1].fit(x, y, { epochs: 4, seed: 6 });
    await models[2].fit(x, y, { epochs: 2, seed: 5 });
    const rest = await models[2].fit(x, y, { epochs: 4, initial_epoch: 2, seed: 5 });
    expect(rest.epoch).toEqual([2, 3]);
    expect(values_of(models[2])).toEqual(values_of(models[0]));
    expect(values_of(models[1])).not.toEqual(values_of(models[0]));
    for (const model of models) model.dispose();
  });

  test('train_on_batch agrees with fit', async () => {
    const { x, y } = remember();
    const [first, second] = [make_model({ optimizer: 'sgd' }), make_model({ optimizer: 'sgd' })];
    const { history } = await first.fit(x, y, { batch_size: SAMPLES, shuffle: false });
    const logs = second.train_on_batch(x, y, { return_dict: true });
    expect(logs).toEqual({ loss: history.loss[0], accuracy: history.accuracy[0] });
    expect(values_of(second)).toEqual(values_of(first));
    expect(first.optimizer?.iterations).toBe(1);
    first.dispose();
    second.dispose();
  });

  test('callbacks get indices and means, and are awaited', async () => {
    const { x, y } = remember();
    const model = make_model();
    /** @type {string[]} */
    const calls = [];
    /** @type {any[]} */
    const logs = [];
    const { history } = await model.fit(x, y, {
      epochs: 2,
      batch_size: 20,
      validation_split: 0.25,
      async on_batch_end(batch, actual) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        calls.push(`batch ${batch}`);
        logs.push(actual);
      },
      on_epoch_end: (epoch, actual) => calls.push(`epoch ${epoch} ${Object.keys(actual)}`),
    });
    const names = 'loss,accuracy,val_loss,val_accuracy';
    expect(calls).toEqual([
      'batch 0',
      'batch 1',
      `epoch 0 ${names}`,
      'batch 0',
      'batch 1',
      `epoch 1 ${names}`,
    ]);
    expect(logs[1].loss).toBe(history.loss[0]);
    model.dispose();
  });

  test('validation_split uses the last samples for validation', async () => {
    const { x, y } = remember();
    const [first, second] = [make_model(), make_model()];
    const parts = [36, 48].map((end, i) => [x.slice(36 * i, end), y.slice(36 * i, end)]);
    const a = await first.fit(x, y, { epochs: 2, seed: 1, validation_split: 0.25 });
    const b = await second.fit(parts[0][0], parts[0][1], {
      epochs: 2,
      seed: 1,
      validation_data: [parts[1][0], parts[1][1]],
    });
    expect(a).toEqual(b);
    first.dispose();
    second.dispose();
  });

  test('a signal stops it after the current batch', async () => {
    const { x, y } = remember();
    const model = make_model();
    const stop = new AbortController();
    let batches = 0;
    const result = await model.fit(x, y, {
      epochs: 100,
      batch_size: 16,
      signal: stop.signal,
      on_batch_end: () => {
        batches += 1;
        if (batches === 5) stop.abort();
      },
    });
    expect([batches, result.stopped, result.epoch, result.history.loss.length]).toEqual([5, true, [0], 1]);
    expect(model.optimizer?.iterations).toBe(5);
    expect(values_of(model).flat().every(Number.isFinite)).toBe(true);
    const before = values_of(model);
    const again = await model.fit(x, y, { signal: stop.signal });
    expect(again).toEqual({ history: { loss: [] }, epoch: [], stopped: true });
    expect(values_of(model)).toEqual(before);
    await model.fit(x, y);
    expect(values_of(model)).not.toEqual(before);
    model.dispose();
  });

  test('the event loop runs between batches: a timer can stop it', async () => {
    const { x, y } = remember();
    const model = make_model();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 60);
    const { stopped } = await model.fit(x, y, { epochs: 1e9, signal: stop.signal });
    expect(stopped).toBe(true);
    model.dispose();
  });

  test('a second fit at the same time raises; so does dispose during fit', async () => {
    const { x, y } = remember();
    const model = make_model();
    const running = model.fit(x, y, { epochs: 1e9 });
    await expect(model.fit(x, y)).rejects.toThrow(RuntimeError);
    setTimeout(() => model.dispose(), 20);
    await expect(running).rejects.toThrow(FailedPreconditionError);
  });

  test('verbose prints a line for each epoch', async () => {
    const { x, y } = remember();
    const model = make_model();
    /** @type {string[]} */
    const lines = [];
    const { log } = console;
    console.log = (line) => lines.push(line);
    try {
      await model.fit(x, y, { epochs: 2, verbose: 1 });
    } finally {
      console.log = log;
    }
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^Epoch 2\/2 - \d+\.\ds - loss: \d\.\d{4} - accuracy: \d\.\d{4}$/);
    model.dispose();
  });
});

describe('losses and metrics', () => {
  test('by name, with probabilities', async () => {
    const { x, y } = remember();
    const model = new Sequential([new Embedding(IDS, 3), new Dense(IDS, { activation: 'softmax' })]);
    model.compile({
      optimizer: 'rmsprop',
      loss: 'sparse_categorical_crossentropy',
      metrics: [
        'acc',
        'sparse_categorical_accuracy',
        function own(/** @type {any} */ t, /** @type {any} */ p) {
          return losses.sparse_categorical_crossentropy(t, p);
        },
      ],
    });
    const { history } = await model.fit(x, y);
    expect(Object.keys(history)).toEqual(['loss', 'acc', 'sparse_categorical_accuracy', 'own']);
    expect(history.acc).toEqual(history.sparse_categorical_accuracy);
    expect(history.own[0]).toBeCloseTo(history.loss[0], 12);
    model.dispose();
  });

  test('accuracy chooses by the shapes', () => {
    const accuracy = (/** @type {number} */ units, /** @type {any} */ y, /** @type {any} */ weights) => {
      const model = new Sequential([new Dense(units, { use_bias: false })]);
      model.build([null, 2]);
      model.set_weights([weights]);
      model.compile({ loss: 'mse', metrics: ['accuracy'] });
      const dense = model.test_on_batch(
        [
          [1, 0],
          [0, 1],
        ],
        y,
        { return_dict: true },
      );
      model.dispose();
      return /** @type {any} */ (dense).accuracy;
    };
    expect(accuracy(1, [[1], [0]], [[0.7], [0.6]])).toBe(0.5);
    expect(
      accuracy(
        3,
        [
          [0, 1, 0],
          [0, 1, 0],
        ],
        [
          [1, 2, 0],
          [3, 2, 1],
        ],
      ),
    ).toBe(0.5);
  });

  test('masked steps are in neither', () => {
    const model = new Sequential([
      new Embedding(4, 3, { mask_zero: true }),
      new RNN(new GRUCell(5), { return_sequences: true }),
      new Dense(4),
    ]);
    model.compile({ loss: logits_loss, metrics: ['accuracy'] });
    const [x, y] = [[[1, 2, 3, 0]], [[2, 3, 1, 0]]];
    const whole = model.test_on_batch(x, y);
    expect(model.test_on_batch([[1, 2, 3]], [[2, 3, 1]])).toEqual(whole);
    expect(model.test_on_batch([[1, 2, 3, 0, 0]], [[2, 3, 1, 3, 2]])).toEqual(whole);
    model.dispose();
  });

  test('regularizers and activity regularizers add to the loss', () => {
    const model = new Sequential([
      new Dense(2, { kernel_initializer: 'ones', kernel_regularizer: 'l2', activity_regularizer: 'l1' }),
    ]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const x = [
      [1, 2],
      [3, 4],
    ];
    // Outputs 3, 3 and 7, 7: 4 * 0.01 of the kernel, 20 / 2 * 0.01 of the outputs.
    expect(
      model.test_on_batch(x, [
        [3, 3],
        [7, 7],
      ]),
    ).toBeCloseTo(0.04 + 0.1, 6);
    model.train_on_batch(x, [
      [3, 3],
      [7, 7],
    ]);
    // The rate times (0.01 * 2 of the kernel + 0.01 / 2 * the column sums of x of the outputs).
    const kernel = model.get_weights()[0].data;
    expect(kernel[0]).toBeCloseTo(1 - 0.01 * (0.02 + 0.005 * 4), 6);
    expect(kernel[2]).toBeCloseTo(1 - 0.01 * (0.02 + 0.005 * 6), 6);
    model.dispose();
  });
});
