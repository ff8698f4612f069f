/** The encoders that this server offers, asked for once, when the page has nothing else to do. */

import { encoders } from '../api/client';

/** Every server has these two, so they can be chosen before it was asked. */
const ALWAYS = ['minilm', 'sha256'];

class Offered {
  names = $state.raw<readonly string[]>(ALWAYS);
  #asked = false;

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    encoders().then(
      (found) => (this.names = found.encoders.map(({ name }) => name)),
      () => (this.#asked = false), // asked again by the next who needs it
    );
  }
}

export const offered = new Offered();
