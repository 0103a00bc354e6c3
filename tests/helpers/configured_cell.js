// A cell of the user's own that has a configuration, so that it can be copied and saved.
import { MinimalCell } from './user_cells.js';

/** MinimalCell with what configurations need. */
export class ConfiguredCell extends MinimalCell {
  /** @returns {{ [option: string]: any }} */
  get_config() {
    return { ...super.get_config(), units: this.units };
  }
  /** @param {{ [option: string]: any }} config */
  static from_config({ units, ...options }) {
    return new this(units, options);
  }
}
