/**
 * Everything on the page that a visitor can set beside texts and encoder: one line each.
 *
 * The table drives what the views are bound to, what a link carries and what a tab keeps. A text
 * is known by the id of its box on the page and by its position in a link. What a link lacks, and
 * what can't be understood in it, is the default, so that links outlive versions of the page.
 */

import { SvelteMap } from 'svelte/reactivity';
import { PALETTE_NAMES, type PaletteName } from '../charts/palette';
import { PRECISIONS, type Precision } from '../vectors/budget';
import { type Example, SORTING, SUM, WALK } from './examples';
import { TASKS } from './tasks';
import { PRESETS, type Preset } from './presets';

/** Box of a text; null where nobody chose one. */
type Chosen = number | null;

/** An example's question, and the text that the reader expects to be closest. */
export interface Question {
  readonly preset: Preset;
  readonly predicted: number | null;
  /** The encoder that was asked. */
  readonly encoder: string;
}

/** Boxes of the texts that a link lists, by their positions, and back. */
export interface Places {
  idAt(position: number): Chosen;
  positionOf(id: Chosen): number | null;
}

/** How settings of one kind are written into a link and understood in one. */
interface Kind<T> {
  write(value: T, places: Places): unknown;
  /** Undefined for what can't be understood. */
  read(found: unknown, places: Places): T | undefined;
}

interface Setting<T> {
  /** Its key in a link; never used for another. */
  readonly key: string;
  /** Its value on a page that nobody touched. */
  readonly usual: T;
  readonly kind: Kind<T>;
}

const text: Kind<Chosen> = {
  write: (id, places) => places.positionOf(id),
  read: (found, { idAt }) => (typeof found === 'number' ? idAt(found) : null),
};

const texts: Kind<ReadonlySet<number>> = {
  write: (ids, { positionOf }) =>
    [...ids]
      .map(positionOf)
      .filter((it) => it !== null)
      .sort((a, b) => a - b),
  read: (found, places) =>
    Array.isArray(found)
      ? new Set(found.map((it) => text.read(it, places)).filter((id) => id != null))
      : undefined,
};

const string = plain((found): found is string => typeof found === 'string');
const flag = plain((found): found is boolean => typeof found === 'boolean');
const share = plain((it): it is number => typeof it === 'number' && it >= 0 && it <= 1);

const question: Kind<Question | null> = {
  write: (asked) => asked && [asked.preset.name, asked.predicted, asked.encoder],
  read: (found) => {
    if (!Array.isArray(found)) return undefined;
    const [name, predicted, encoder] = found as unknown[];
    const preset = PRESETS.find((one) => one.name === name);
    if (!preset || typeof encoder !== 'string') return undefined;
    const among = preset.texts.some((_, i) => i > 0 && i === predicted);
    return { preset, predicted: among ? (predicted as number) : null, encoder };
  },
};

/** The state of a figure, in the form of the one that it begins with. */
function example<M extends string>(first: Example<M>): Kind<Example<M> | null> {
  const among = (found: unknown) =>
    Array.isArray(found)
      ? found.filter((it): it is number => first.texts.some((_, i) => i === it))
      : [];
  return {
    write: (now) => now && [now.texts, now.marks],
    read: (found) => {
      if (!Array.isArray(found)) return undefined;
      const [texts, marks] = found as [unknown, Record<string, unknown> | undefined];
      const right = Array.isArray(texts) && texts.length === first.texts.length;
      if (!right || !texts.every((it) => typeof it === 'string')) return undefined;
      const marked = Object.keys(first.marks).map((mark) => [mark, among(marks?.[mark])]);
      return { texts, marks: Object.fromEntries(marked) as Example<M>['marks'] };
    },
  };
}

const game: Kind<readonly [number, string]> = {
  write: (now) => now,
  read: (found) => {
    const [at, text] = Array.isArray(found) ? (found as unknown[]) : [];
    const known = Number.isInteger(at) && TASKS[at as number] !== undefined;
    return known && typeof text === 'string' ? [at as number, text] : undefined;
  },
};

const guesses: Kind<Readonly<Record<string, boolean>>> = {
  write: (now) => now,
  read: (found) => {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
    const names = new Set(PRESETS.map(({ name }) => name));
    const known = Object.entries(found).filter(
      ([name, agreed]) => names.has(name) && typeof agreed === 'boolean',
    );
    return Object.fromEntries(known) as Record<string, boolean>;
  },
};

/** Whether one of the panels is open that a link lists. */
function panel(name: string): Kind<boolean | null> {
  return {
    write: (open) => (open === null ? null : open ? [name] : []),
    read: (found) => (Array.isArray(found) ? found.includes(name) : undefined),
  };
}

export const ORDERS = ['entered', 'similar', 'grouped'] as const;

export type Order = (typeof ORDERS)[number];

export const TABLE = {
  /** Texts that name a concept, and the two that are the axes of the picture. */
  concepts: setting<ReadonlySet<number>>('c', new Set(), texts),
  axes: setting<readonly [Chosen, Chosen]>('x', [null, null], two(text)),
  /** What is tried before the first text, and before the others; null until it is opened or shut. */
  prefixes: setting<readonly [string, string]>('p', ['', ''], two(string)),
  prefixOpen: setting<boolean | null>('w', null, panel('prefix')),
  /** The two texts that are looked at closely. */
  pair: setting<readonly [Chosen, Chosen]>('l', [null, null], two(text)),
  /** Texts that are added to the sum, and those taken away. */
  plus: setting<ReadonlySet<number>>('a', new Set(), texts),
  minus: setting<ReadonlySet<number>>('s', new Set(), texts),
  /** Whether the sum and the sorting are about the reader's texts; null where nobody said. */
  sumMine: setting<boolean | null>('y', null, flag),
  sortingMine: setting<boolean | null>('z', null, flag),
  /** The figures' own texts and marks, and the sentence of the traps, where they were changed. */
  sum: setting<typeof SUM | null>('i', null, example(SUM)),
  sorting: setting<typeof SORTING | null>('j', null, example(SORTING)),
  walk: setting<typeof WALK | null>('W', null, example(WALK)),
  /** How far one has come from the one text to the other. */
  walked: setting('B', 0.3, share),
  trap: setting<string | null>('r', null, string),
  /** The task of the game, by its place, and what was made of it. */
  game: setting<readonly [number, string] | null>('G', null, game),
  /** Of each example that was guessed, whether the encoder agreed with the reader. */
  guesses: setting<Readonly<Record<string, boolean>>>('Q', {}, guesses),
  /** The encoder beside the first. */
  beside: setting<string | null>('o', null, string),
  /** Share of the numbers that are kept, and how each is written. */
  share: setting('n', 1, share),
  precision: setting<Precision>('b', 'float32', oneOf(PRECISIONS)),
  palette: setting<PaletteName>('k', 'blue–orange', oneOf(PALETTE_NAMES)),
  /** Whether texts are lines of a list; null where nobody said: then so where there are many. */
  list: setting<boolean | null>('u', null, flag),
  /** The order of that list. */
  order: setting<Order>('M', 'entered', oneOf(ORDERS)),
  /** Whether the cells of all strips are in the order of the first text's numbers. */
  ramp: setting('h', true, flag),
  /** Whether the strip of products begins with the largest. */
  sorted: setting('d', true, flag),
  /** Whether the table of all pairs puts similar texts together, and is one also when large. */
  together: setting('g', false, flag),
  table: setting('f', false, flag),
  question: setting<Question | null>('q', null, question),
} as const;

export type Name = keyof typeof TABLE;

export type Settings = { -readonly [N in Name]: (typeof TABLE)[N]['usual'] };

const ENTRIES = Object.entries(TABLE) as unknown as [Name, Setting<unknown>][];

/** Settings that nobody has touched; each is read and set by its name. */
export function createSettings(): Settings {
  const touched = new SvelteMap<Name, unknown>();
  const settings = {} as Settings;
  for (const [name, { usual }] of ENTRIES) {
    Object.defineProperty(settings, name, {
      enumerable: true,
      get: () => (touched.has(name) ? touched.get(name) : usual),
      set: (value) => touched.set(name, value),
    });
  }
  return settings;
}

/** The settings of this page. */
export const settings = createSettings();

/** What a link says of the settings: those that differ from a page that nobody touched. */
export function writeSettings(from: Settings, places: Places): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const [name, { key, usual, kind }] of ENTRIES) {
    const value = kind.write(from[name], places);
    if (JSON.stringify(value) !== JSON.stringify(kind.write(usual, places))) written[key] = value;
  }
  return written;
}

/** Sets everything as a link says it. */
export function readSettings(found: Record<string, unknown>, into: Settings, places: Places): void {
  for (const [name, { key, usual, kind }] of ENTRIES) {
    const value = Object.hasOwn(found, key) ? kind.read(found[key], places) : undefined;
    (into as Record<Name, unknown>)[name] = value === undefined ? usual : value;
  }
}

function setting<T>(key: string, usual: T, kind: Kind<T> | Kind<NonNullable<T>>): Setting<T> {
  return { key, usual, kind: kind as Kind<T> };
}

function plain<T>(understood: (found: unknown) => found is T): Kind<T> {
  return { write: (value) => value, read: (found) => (understood(found) ? found : undefined) };
}

function oneOf<T>(all: readonly T[]): Kind<T> {
  return plain((found): found is T => all.includes(found as T));
}

function two<T>(kind: Kind<T>): Kind<readonly [T, T]> {
  return {
    write: ([one, other], places) => [kind.write(one, places), kind.write(other, places)],
    read: (found, places) => {
      if (!Array.isArray(found)) return undefined;
      const [one, other] = [kind.read(found[0], places), kind.read(found[1], places)];
      return one === undefined || other === undefined ? undefined : [one, other];
    },
  };
}
