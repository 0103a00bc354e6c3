// The order in which cuDNN, and so CuDNNGRU, stores the elements of a kernel.

/**
 * For each element of the effective [rows, 3 units] matrix its index in the stored one: the effective block of a gate is
 * `stored_block.reshape(units, rows).T`.
 * @param {number} rows
 * @param {number} units
 * @returns {Int32Array} rows * 3 * units indices
 */
export function cudnn_order(rows, units) {
  const order = new Int32Array(rows * 3 * units);
  for (let row = 0; row < rows; row++) {
    for (let gate = 0; gate < 3; gate++) {
      for (let unit = 0; unit < units; unit++) {
        const element = unit * rows + row; // in the block, whose stored rows have `units` elements
        const stored = Math.floor(element / units) * 3 * units + gate * units + (element % units);
        order[row * 3 * units + gate * units + unit] = stored;
      }
    }
  }
  return order;
}
