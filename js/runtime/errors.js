// The error classes. Their names are those that TensorFlow and Python give to the same conditions; a wrong type is
// JavaScript's own TypeError.

import { show } from './show.js';

/** Base of the error classes. */
class BaseError extends Error {
  /**
   * @param {unknown} [message]
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, options) {
    // Error itself does not take a symbol, nor an object that cannot be converted.
    super(typeof message === 'string' || message === undefined ? message : show(message), Object(options));
  }
}

/** An argument has the right type but a value, shape or dtype that cannot be used (Python's `ValueError`). */
export class ValueError extends BaseError {
  name = 'ValueError';
}

/** Something was asked of an object that it does not have (Python's `AttributeError`). */
export class AttributeError extends BaseError {
  name = 'AttributeError';
}

/** Something was asked for at a time when it cannot be done (Python's `RuntimeError`). */
export class RuntimeError extends BaseError {
  name = 'RuntimeError';
}

/** A method that this class does not have (Python's `NotImplementedError`). */
export class NotImplementedError extends BaseError {
  name = 'NotImplementedError';
}

/** What TensorFlow's operations throw (`tf.errors.OpError`). */
export class OpError extends BaseError {
  name = 'OpError';
}

/** An operation's argument is not what it takes (`tf.errors.InvalidArgumentError`). */
export class InvalidArgumentError extends OpError {
  name = 'InvalidArgumentError';
}

/** A file, variable or name does not exist (`tf.errors.NotFoundError`). */
export class NotFoundError extends OpError {
  name = 'NotFoundError';
}

/** Used before it was ready, or after it was disposed of (`tf.errors.FailedPreconditionError`). */
export class FailedPreconditionError extends OpError {
  name = 'FailedPreconditionError';
}

/** More memory was asked for than there is (`tf.errors.ResourceExhaustedError`). */
export class ResourceExhaustedError extends OpError {
  name = 'ResourceExhaustedError';
}

/** This machine or this build cannot do it (`tf.errors.UnimplementedError`). */
export class UnimplementedError extends OpError {
  name = 'UnimplementedError';
}
