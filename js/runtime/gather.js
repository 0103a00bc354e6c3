// Gathering rows of a variable on the heap, and the gradient.
import { element_bytes } from './dtypes.js';
import { with_gradients } from './heap_gradient.js';
import { kernels_of, loaded_heap } from './init.js';

/** @typedef {import('./heap.js').Floats} Floats */
/** @typedef {import('./variable.js').Variable} Variable */
/** @typedef {import('./heap_gradient.js').HeapGradient} HeapGradient */

/**
 * Rows of a table by index.
 * @param {Variable} table not packed, of rank 2
 * @param {Int32Array} ids each a row of the table
 * @returns {Floats} [ids, columns of the table]
 */
export function gather(table, ids) {
  const { dtype } = table;
  const columns = table.shape[1];
  const heap = loaded_heap();
  const sizes = { ids: ids.byteLength, to: ids.length * columns * element_bytes(dtype) };
  return heap.borrow(sizes, `looking up ${ids.length} rows of ${table.name}`, (at) => {
    heap.write(at.ids, ids, 'int32');
    kernels_of(dtype).gather(table._address, columns, at.ids, ids.length, at.to);
    return heap.read(at.to, ids.length * columns, dtype);
  });
}

/**
 * The gradient of the table from the gradients `rows` of the gathered rows.
 * @param {Variable} table
 * @param {Int32Array} ids
 * @param {ArrayLike<number>} rows
 * @returns {HeapGradient}
 */
export function gather_gradient(table, ids, rows) {
  const { dtype } = table;
  const heap = loaded_heap();
  const sizes = { ids: ids.byteLength, rows: rows.length * element_bytes(dtype) };
  return with_gradients([table], ([gradient]) =>
    heap.borrow(sizes, `the gradient of ${table.name}`, (at) => {
      heap.write(at.ids, ids, 'int32');
      heap.write(at.rows, rows, dtype);
      kernels_of(dtype).scatter_add(at.rows, table.shape[1], at.ids, ids.length, gradient.address);
      return gradient;
    }),
  );
}
