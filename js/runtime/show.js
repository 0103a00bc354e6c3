// Values and shapes as text for error messages.
import { class_name_of } from './class_name.js';

/**
 * Any value as text for an error message.
 * @param {unknown} value
 * @returns {string}
 */
export function show(value) {
  try {
    return show_value(value, 0);
  } catch {
    return 'a value that cannot be shown';
  }
}

/** @param {unknown} value @param {number} depth of the lists around it @returns {string} */
function show_value(value, depth) {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `function ${String(value.name) || '(anonymous)'}`;
  if (value === null || typeof value !== 'object') return String(value);
  if ('shape' in value && Array.isArray(value.shape)) return `a tensor of shape ${show_shape(value.shape)}`;
  if (!Array.isArray(value)) return `a ${class_name_of(value) || 'object'}`;
  return value.length > 8 || depth > 3
    ? `an array of ${value.length}`
    : `[${Array.from(value, (item) => show_value(item, depth + 1)).join(', ')}]`;
}

/** @param {readonly unknown[]} shape */
export const show_shape = (shape) =>
  `[${shape.map((size) => (size === null ? '?' : show(size))).join(', ')}]`;
