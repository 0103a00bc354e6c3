// Tables of test cases.

/** Every combination of the lists. @param {Record<string, any[]>} lists @returns {Record<string, any>[]} */
export const cross = (lists) =>
  Object.entries(lists).reduce(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    /** @type {Record<string, any>[]} */ ([{}]),
  );
