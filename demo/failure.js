// The message that the page shows when the model cannot run.

/** Title and advice by the name of the error. @type {Record<string, [string, string]>} */
const MESSAGES = {
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
    'What the server sent is not the WebAssembly binary or the model that belongs here. Try to build the page again.',
  ],
};

/** @type {[string, string]} */
const OTHER_MESSAGE = [
  'The model cannot run here',
  'An unexpected error occurred while the model was loading or running.',
];

/**
 * @param {Error} error
 * @param {() => void} retry
 */
export function show_failure(error, retry) {
  const [section, title, advice, detail] = ['', '-title', '-advice', '-detail'].map(
    (part) => /** @type {HTMLElement} */ (document.getElementById(`failure${part}`)),
  );
  const [message, advice_text] = MESSAGES[error.name] ?? OTHER_MESSAGE;
  title.textContent = message;
  advice.textContent = advice_text;
  detail.textContent = `${error.name}: ${error.message}`;
  const button = /** @type {HTMLButtonElement} */ (document.getElementById('retry'));
  button.onclick = () => {
    section.hidden = true;
    retry();
  };
  section.hidden = false;
}
