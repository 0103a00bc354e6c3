// The optimizers of Keras on one float64 number, step by step.

/**
 * @typedef {(options: Record<string, number>) => (value: number, gradient: number) => number} Rule from a number and its
 *   gradient to the number after the step; it remembers what it must
 */

/** @type {Record<string, Rule>} */
export const optimizers = {
  sgd: ({ learning_rate, momentum = 0, nesterov = 0 }) => {
    let velocity = 0;
    return (value, gradient) => {
      velocity = momentum * velocity - learning_rate * gradient;
      return value + (nesterov ? momentum * velocity - learning_rate * gradient : velocity);
    };
  },
  adam: ({ learning_rate, beta_1, beta_2, epsilon }) => {
    let [m, v, step] = [0, 0, 0];
    return (value, gradient) => {
      step += 1;
      m = beta_1 * m + (1 - beta_1) * gradient;
      v = beta_2 * v + (1 - beta_2) * gradient ** 2;
      const rate = (learning_rate * Math.sqrt(1 - beta_2 ** step)) / (1 - beta_1 ** step);
      return value - (rate * m) / (Math.sqrt(v) + epsilon);
    };
  },
  rmsprop: ({ learning_rate, rho, momentum = 0, epsilon }) => {
    let [v, velocity] = [0, 0];
    return (value, gradient) => {
      v = rho * v + (1 - rho) * gradient ** 2;
      velocity = momentum * velocity + (learning_rate * gradient) / Math.sqrt(v + epsilon);
      return value - velocity;
    };
  },
};
