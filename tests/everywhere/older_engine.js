// Makes an engine one without relaxed SIMD, as far as a program can ask; a script for the beginning of a page.
(() => {
  const validate = WebAssembly.validate;
  // The opcodes of relaxed SIMD are 0xfd, then 0x100 and more as a LEB128 number: 0x80 to 0x93, then 2.
  const is_relaxed = (/** @type {Uint8Array} */ bytes) =>
    bytes.some(
      (byte, i) => byte === 0xfd && bytes[i + 1] >= 0x80 && bytes[i + 1] <= 0x93 && bytes[i + 2] === 2,
    );
  WebAssembly.validate = (source) =>
    !is_relaxed(new Uint8Array(/** @type {Uint8Array<ArrayBuffer>} */ (source))) && validate(source);
})();
