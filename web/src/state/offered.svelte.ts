/** The encoders that this server offers, asked for once, when the page has nothing else to do. */

import { encoders, openEncoder } from '../api/client';
import type { EncoderAnswer, EncodersAnswer, Suggestion } from '../api/types';

type Offer = Pick<EncoderAnswer, 'name' | 'label' | 'description'>;

/** What a server with the usual settings offers: drawn until it has been asked. */
const USUAL: readonly Offer[] = [
  {
    name: 'minilm',
    label: 'MiniLM',
    description: 'a small neural network, trained on pairs of texts that belong together',
  },
  {
    name: 'sha256',
    label: 'SHA-256',
    description: 'a checksum: numbers too, but change one letter and about half of them flip',
  },
];

class Offered {
  #offers = $state.raw<readonly Offer[]>(USUAL);
  readonly names: readonly string[] = $derived(this.#offers.map(({ name }) => name));
  /** Prefixes that each encoder was trained with, by encoder and then by their own name. */
  prompts = $state.raw<Readonly<Record<string, Readonly<Record<string, string>>>>>({});
  /** Whether others can be opened: only where the server is the reader's own. */
  opens = $state(false);
  /** Models to open, where others can be. */
  suggestions = $state.raw<readonly Suggestion[]>([]);
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

  /** What people call it; a folder by its last part, a model of the hub by its own name. */
  label(name: string): string {
    const label = this.#of(name)?.label ?? name;
    return label === name ? this.short(name) : label;
  }

  /** What it is, in words. */
  says(name: string): string {
    return this.#of(name)?.description ?? name;
  }

  /** The last part of a name; all of it where two clash. */
  short(name: string): string {
    const last = (path: string): string => path.replace(/[/\\]+$/, '').replace(/^.*[/\\]/, '');
    const clashes = this.names.some((other) => other !== name && last(other) === last(name));
    return clashes ? name : last(name) || name;
  }

  #of(name: string): Offer | undefined {
    return this.#offers.find((offer) => offer.name === name);
  }

  #take({ encoders, opens, trains, suggestions }: EncodersAnswer): void {
    this.#offers = encoders;
    this.prompts = Object.fromEntries(encoders.map(({ name, prompts }) => [name, prompts]));
    this.opens = opens;
    this.trains = trains;
    this.suggestions = suggestions;
  }
}

export const offered = new Offered();
