// The most likely next characters as bars, each a button that types its character.
import { glyph, spoken } from './glyphs.js';

const COUNT = 12;

/** @param {number} p */
const percent = (p) => (p > 0 && p < 0.0005 ? '< 0.1 %' : `${(100 * p).toFixed(1)} %`);

export class Bars {
  /** @type {{ item: HTMLElement, button: HTMLButtonElement, glyph: HTMLElement, fill: HTMLElement, value: HTMLElement }[]} */
  #rows;
  #rest;
  #rest_name;

  /**
   * @param {HTMLElement} list
   * @param {{ rest: HTMLElement, rest_name: HTMLElement, on_pick: (character: string) => void }} options
   */
  constructor(list, { rest, rest_name, on_pick }) {
    this.#rest = rest;
    this.#rest_name = rest_name;
    this.#rows = Array.from({ length: COUNT }, () => {
      const item = document.createElement('li');
      const button = document.createElement('button');
      button.type = 'button';
      const [glyph, track, fill, value] = ['glyph', 'track', 'fill', 'value'].map((name) => {
        const part = document.createElement('span');
        part.className = name;
        return part;
      });
      track.append(fill);
      button.append(glyph, track, value);
      button.addEventListener('click', () => on_pick(button.dataset.character ?? ''));
      item.append(button);
      list.append(item);
      return { item, button, glyph, fill, value };
    });
  }

  /**
   * @param {readonly string[]} vocabulary
   * @param {Float32Array} probabilities
   */
  show(vocabulary, probabilities) {
    const order = Array.from(probabilities.keys()).sort((a, b) => probabilities[b] - probabilities[a]);
    this.#rows.forEach(({ item, button, glyph: sign, fill, value }, rank) => {
      const id = order[rank];
      item.hidden = id === undefined;
      if (item.hidden) return;
      const p = probabilities[id];
      const character = vocabulary[id];
      button.dataset.character = character;
      button.dataset.probability = String(p);
      button.title = `Type ${spoken(character)}`;
      button.setAttribute('aria-label', `${spoken(character)}, ${percent(p)}`);
      sign.textContent = glyph(character);
      sign.classList.toggle('invisible', glyph(character) !== character);
      fill.style.transform = `scaleX(${p})`;
      value.textContent = percent(p);
    });
    const others = order.slice(COUNT);
    const rest = others.reduce((sum, id) => sum + probabilities[id], 0);
    this.#rest_name.textContent = `all ${others.length} others`;
    this.#rest.textContent = percent(rest);
    this.#rest.dataset.probability = String(rest);
  }
}
