// What the page says when the model cannot run.

/** What went wrong in plain words, and what can be done, by the name of the error. @type {Record<string, [string, string]>} */
const EXPLAINED = {
  UnimplementedError: [
    'This browser cannot run the model',
    'It needs WebAssembly with SIMD: Chrome or Edge 91, Firefox 89, Safari 16.4, or newer.',
  ],
  NotFoundError: [
    'A file of this page is missing',
    'The WebAssembly binary, the model or the script that runs them could not be fetched. Is the server still running?',
  ],
  InvalidArgumentError: [
    'A file of this page is damaged',
    'What the server sent is not the WebAssembly binary or the model that belongs here. It may have to be built anew.',
  ],
};

/** @type {[string, string]} */
const OTHERWISE = [
  'The model cannot run here',
  'Something that was not expected went wrong while it was loaded or used.',
];

/**
 * @param {Error} error
 * @param {() => void} retry
 */
export function show_failure(error, retry) {
  const [section, title, advice, detail] = ['', '-title', '-advice', '-detail'].map(
    (part) => /** @type {HTMLElement} */ (document.getElementById(`failure${part}`)),
  );
  const [what, what_to_do] = EXPLAINED[error.name] ?? OTHERWISE;
  title.textContent = what;
  advice.textContent = what_to_do;
  detail.textContent = `${error.name}: ${error.message}`;
  const button = /** @type {HTMLButtonElement} */ (document.getElementById('retry'));
  button.onclick = () => {
    section.hidden = true;
    retry();
  };
  section.hidden = false;
}
