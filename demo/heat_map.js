// The hidden state as coloured cells, one for each unit, from blue (-1) to rust (+1).

/** Minimum width of a cell, and the gap between two, in CSS pixels. */
const CELL = 22;
const GAP = 2;
/** Fraction of the difference to its new value by which a cell changes in each frame. */
const APPROACH = 0.3;

const reduced_motion = matchMedia('(prefers-reduced-motion: reduce)');

/** @param {string} hex such as #1a2b3c */
const channels = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.trim().slice(at, at + 2), 16));

export class HeatMap {
  #canvas;
  #tip;
  /** @type {Float32Array} */ #target = new Float32Array(0);
  /** The values drawn, which approach the target. @type {Float32Array} */ #shown = new Float32Array(0);
  #colours = { negative: [0, 0, 0], neutral: [0, 0, 0], positive: [0, 0, 0] };
  #columns = 1;
  /** Whether the canvas has the right size for the number of units. */
  #laid_out = false;
  #frame = 0;
  /** The unit under the pointer or the keyboard focus. @type {number | null} */ #unit = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} tip shows that unit and its value
   */
  constructor(canvas, tip) {
    this.#canvas = canvas;
    this.#tip = tip;
    this.#read_colours();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#read_colours());
    new ResizeObserver(() => this.#lay_out()).observe(/** @type {HTMLElement} */ (canvas.parentElement));
    canvas.addEventListener('pointermove', (event) =>
      this.#point(this.#unit_at(event.offsetX, event.offsetY)),
    );
    canvas.addEventListener('pointerdown', (event) =>
      this.#point(this.#unit_at(event.offsetX, event.offsetY)),
    );
    // On a touch screen the tip stays after the finger is lifted.
    canvas.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'mouse') this.#point(null);
    });
    canvas.addEventListener('blur', () => this.#point(null));
    canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  /**
   * Draws a state in the next frame, because the first drawing takes a while and the rest of the page should not wait for it.
   * @param {Float32Array} state
   */
  show(state) {
    if (this.#target.length !== state.length) {
      this.#shown = new Float32Array(state);
      this.#laid_out = false;
    }
    this.#target = state;
    this.#redraw();
  }

  #read_colours() {
    const style = getComputedStyle(this.#canvas);
    for (const name of /** @type {const} */ (['negative', 'neutral', 'positive'])) {
      this.#colours[name] = channels(style.getPropertyValue(`--${name}`));
    }
    this.#redraw();
  }

  /** Chooses as many columns as fit, but no more than leave the last row nearly full. */
  #lay_out() {
    const units = this.#target.length;
    const width = this.#canvas.parentElement?.clientWidth ?? 0;
    if (!units || !width) return;
    const rows = Math.ceil(units / Math.max(1, Math.floor((width + GAP) / (CELL + GAP))));
    this.#columns = Math.ceil(units / rows);
    const size = this.#size();
    const ratio = devicePixelRatio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round((rows * size - GAP) * ratio);
    this.#canvas.style.height = `${rows * size - GAP}px`;
    this.#laid_out = true;
    this.#paint();
  }

  /** Width and height of a cell with its gap, in CSS pixels. */
  #size() {
    const width = this.#canvas.parentElement?.clientWidth ?? 0;
    return (width + GAP) / this.#columns;
  }

  #redraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      let moving = false;
      for (let unit = 0; unit < this.#shown.length; ++unit) {
        const difference = this.#target[unit] - this.#shown[unit];
        const is_near = reduced_motion.matches || !(Math.abs(difference) > 0.005);
        this.#shown[unit] = is_near ? this.#target[unit] : this.#shown[unit] + APPROACH * difference;
        moving ||= !is_near;
      }
      if (this.#laid_out) this.#paint();
      else this.#lay_out();
      if (moving) this.#redraw();
    });
  }

  #paint() {
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'));
    const size = this.#size();
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#shown.forEach((value, unit) => {
      context.fillStyle = this.#colour(value);
      const [x, y] = [(unit % this.#columns) * size, Math.floor(unit / this.#columns) * size];
      context.beginPath();
      context.roundRect(x, y, size - GAP, size - GAP, 3);
      context.fill();
    });
    this.#show_tip();
  }

  /** @param {number} value */
  #colour(value) {
    const { negative, neutral, positive } = this.#colours;
    const end = value < 0 ? negative : positive;
    const share = Math.min(1, Math.abs(value));
    return `rgb(${neutral.map((channel, i) => Math.round(channel + share * (end[i] - channel))).join(' ')})`;
  }

  /** @param {number} x @param {number} y */
  #unit_at(x, y) {
    const size = this.#size();
    const column = Math.min(this.#columns - 1, Math.max(0, Math.floor(x / size)));
    const unit = Math.max(0, Math.floor(y / size)) * this.#columns + column;
    return unit < this.#target.length ? unit : null;
  }

  /** @param {number | null} unit */
  #point(unit) {
    this.#unit = unit;
    this.#show_tip();
  }

  #show_tip() {
    const unit = this.#unit;
    this.#tip.hidden = unit === null;
    if (unit === null) return;
    const value = this.#target[unit];
    this.#tip.textContent = `unit ${unit}: ${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
    const size = this.#size();
    const width = this.#columns * size - GAP;
    const middle = ((unit % this.#columns) + 0.5) * size - GAP / 2;
    const half = this.#tip.offsetWidth / 2;
    this.#tip.style.left = `${Math.min(width - half, Math.max(half, middle))}px`;
    this.#tip.style.top = `${Math.floor(unit / this.#columns) * size}px`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns };
    if (event.key === 'Escape') this.#point(null);
    if (!(event.key in steps)) return;
    event.preventDefault();
    const next = this.#unit === null ? 0 : this.#unit + steps[event.key];
    if (next >= 0 && next < this.#target.length) this.#point(next);
  }
}
