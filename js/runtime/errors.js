// The error classes, named as in TensorFlow and Python. A wrong type is JavaScript's TypeError.

import { show } from './show.js';

/** Base of the error classes. */
class BaseError extends Error {
  /**
   * @param {unknown} [message]
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, options) {
    // Error throws for a symbol and for an object that cannot be converted to a string.
    super(typeof message === 'string' || message === undefined ? message : show(message), Object(options));
  }
}

/** An argument has the right type but a wrong value, shape or dtype (Python's `ValueError`). */
export class ValueError extends BaseError {
  name = 'ValueError';
}

/** An object does not have an attribute (Python's `AttributeError`). */
export class AttributeError extends BaseError {
  name = 'AttributeError';
}

/** The call is not possible in the current state (Python's `RuntimeError`). */
export class RuntimeError extends BaseError {
  name = 'RuntimeError';
}

/** The class does not implement a method (Python's `NotImplementedError`). */
export class NotImplementedError extends BaseError {
  name = 'NotImplementedError';
}

/** Base of the errors of TensorFlow's operations (`tf.errors.OpError`). */
export class OpError extends BaseError {
  name = 'OpError';
}

/** An operation's argument is invalid (`tf.errors.InvalidArgumentError`). */
export class InvalidArgumentError extends OpError {
  name = 'InvalidArgumentError';
}

/** A file, variable or name does not exist (`tf.errors.NotFoundError`). */
export class NotFoundError extends OpError {
  name = 'NotFoundError';
}

/** An object is used before it is ready or after dispose (`tf.errors.FailedPreconditionError`). */
export class FailedPreconditionError extends OpError {
  name = 'FailedPreconditionError';
}

/** Out of memory (`tf.errors.ResourceExhaustedError`). */
export class ResourceExhaustedError extends OpError {
  name = 'ResourceExhaustedError';
}

/** Not supported by this environment or build (`tf.errors.UnimplementedError`). */
export class UnimplementedError extends OpError {
  name = 'UnimplementedError';
}
