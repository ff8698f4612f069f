/** The encoders that this server offers, asked for once, when the page has nothing else to do. */

import { encoders, openEncoder } from '../api/client';
import type { EncodersAnswer } from '../api/types';

/** Every server has these two, so they can be chosen before it was asked. */
const ALWAYS = ['minilm', 'sha256'];

class Offered {
  names = $state.raw<readonly string[]>(ALWAYS);
  /** Prefixes that each encoder was trained with, by encoder and then by their own name. */
  prompts = $state.raw<Readonly<Record<string, Readonly<Record<string, string>>>>>({});
  /** Whether others can be opened: only where the server is the reader's own. */
  opens = $state(false);
  /** Whether visitors may train here; true until the server has said no. */
  trains = $state(true);
  #asked = false;

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    encoders().then(
      (found) => this.#take(found),
      () => (this.#asked = false), // asked again by the next who needs it
    );
  }

  /** Asks again: the prefixes of an encoder are known once it is loaded. */
  refresh(): void {
    this.#asked = false;
    this.ask();
  }

  /** Opens a model folder or a model of the hub. */
  async open(name: string): Promise<void> {
    this.#take(await openEncoder(name));
  }

  /** A folder by its last part, a model of the hub by its own name; all of it where two clash. */
  short(name: string): string {
    const last = (path: string): string => path.replace(/[/\\]+$/, '').replace(/^.*[/\\]/, '');
    const clashes = this.names.some((other) => other !== name && last(other) === last(name));
    return clashes ? name : last(name) || name;
  }

  #take({ encoders, opens, trains }: EncodersAnswer): void {
    this.names = encoders.map(({ name }) => name);
    this.prompts = Object.fromEntries(encoders.map(({ name, prompts }) => [name, prompts]));
    this.opens = opens;
    this.trains = trains;
  }
}

export const offered = new Offered();
