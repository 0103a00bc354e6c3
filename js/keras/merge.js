// The layers that merge inputs value by value (`tf.keras.layers.Add` and its kin). Inputs broadcast.
import { add, multiply, subtract, where } from '../gradient/elementwise.js';
import { register_class } from '../layers/registry.js';
import { show_shape } from '../runtime/check.js';
import { ValueError } from '../runtime/errors.js';
import { Tensor } from '../runtime/tensor.js';
import { MergeLayer } from './merge_layer.js';

/** What the layers of this file share: the shape of what broadcasts. */
class Elementwise extends MergeLayer {
  /** @param {(number | null)[][]} shapes @returns {(number | null)[]} @internal */
  _merged_shape(shapes) {
    const rank = shapes.reduce((most, { length }) => Math.max(most, length), 0);
    return Array.from({ length: rank }, (_, i) => {
      const sizes = shapes.map((shape) => shape.at(i - rank) ?? (shape.length < rank - i ? 1 : null));
      const known = sizes.filter((size) => size !== null && size !== 1);
      if (known.some((size) => size !== known[0]))
        throw new ValueError(
          `${this.name}: inputs of the shapes ${shapes.map(show_shape).join(', ')} do not fit each other`,
        );
      return known[0] ?? (sizes.includes(null) ? null : 1);
    });
  }
}

/** The sum of the inputs (`tf.keras.layers.Add`). */
export class Add extends Elementwise {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Add');
  /** @param {Tensor[]} tensors @internal */
  _merge(tensors) {
    return tensors.reduce((sum, tensor) => add(sum, tensor));
  }
}

/** The first of two inputs minus the second (`tf.keras.layers.Subtract`). */
export class Subtract extends Elementwise {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Subtract');
  /** @param {Tensor[]} tensors @internal */
  _merge(tensors) {
    if (tensors.length !== 2)
      throw new ValueError(`${this.name}: inputs must be a list of two tensors, not ${tensors.length}`);
    return subtract(tensors[0], tensors[1]);
  }
}

/** The product of the inputs (`tf.keras.layers.Multiply`). */
export class Multiply extends Elementwise {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Multiply');
  /** @param {Tensor[]} tensors @internal */
  _merge(tensors) {
    return tensors.reduce((product, tensor) => multiply(product, tensor));
  }
}

/** The mean of the inputs (`tf.keras.layers.Average`). */
export class Average extends Elementwise {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Average');
  /** @param {Tensor[]} tensors @internal */
  _merge(tensors) {
    const sum = tensors.reduce((all, tensor) => add(all, tensor));
    return multiply(sum, 1 / tensors.length);
  }
}

/**
 * @param {Tensor[]} tensors
 * @param {(difference: number) => boolean} is_first
 */
const choose = (tensors, is_first) =>
  tensors.reduce((first, second) => {
    const { data, shape } = subtract(first, second);
    return where(
      new Tensor(
        Uint8Array.from(data, (value) => Number(is_first(value))),
        shape,
        'bool',
      ),
      first,
      second,
    );
  });

/** The greatest of the inputs (`tf.keras.layers.Maximum`). */
export class Maximum extends Elementwise {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Maximum');
  /** @param {Tensor[]} tensors @internal */
  _merge(tensors) {
    return choose(tensors, (difference) => !(difference < 0));
  }
}

/** The least of the inputs (`tf.keras.layers.Minimum`). */
export class Minimum extends Elementwise {
  static class_name = /* @__PURE__ */ register_class(() => this, 'Minimum');
  /** @param {Tensor[]} tensors @internal */
  _merge(tensors) {
    return choose(tensors, (difference) => !(difference > 0));
  }
}
