/**
 * The whole state of the page in the fragment of a link: texts, encoder, and all that a visitor
 * has set. Only what differs from the page's own defaults is written. What a link lacks, and what
 * can't be understood in it, is the default, so that links outlive versions of the page.
 *
 * A browser never sends the fragment to a server, so the texts in a link are seen only by whom it
 * is given to.
 */

import { PALETTE_NAMES, type PaletteName } from '../charts/palette';
import { PRECISIONS, type Precision } from '../vectors/budget';
import { fromBase64Url, toBase64Url } from './base64';

/** A position among the texts; null for one that nobody chose. */
type Place = number | null;

const PANELS = ['prefix', 'words'] as const;

export type Panel = (typeof PANELS)[number];

export interface Settings {
  /** Positions of the texts that name a concept, and of the two that are axes. */
  concepts: readonly number[];
  axes: readonly [Place, Place];
  /** What is tried before the first text, and before the others. */
  prefixes: readonly [string, string];
  /** Positions of the two texts that are looked at closely. */
  pair: readonly [Place, Place];
  /** Positions of the texts that are added to the sum, and of those taken away. */
  plus: readonly number[];
  minus: readonly number[];
  /** The encoder beside the first. */
  beside: string | null;
  /** Share of the numbers that are kept, and how each is written. */
  share: number;
  precision: Precision;
  palette: PaletteName;
  /** Whether the strip begins with the largest product. */
  sorted: boolean;
  /** Whether all pairs stand by likeness, and as numbers even where there are many. */
  together: boolean;
  table: boolean;
  /** Name of an example with a question, which text was expected to be closest, for whom. */
  question: readonly [string, number | null, string] | null;
  /** Encoder of which the traps are measured. */
  measured: string | null;
  /** What is open that is closed at first. */
  open: readonly Panel[];
}

export interface Shared extends Settings {
  encoder: string;
  texts: readonly string[];
}

/** The settings of a page that nobody touched. */
export const UNTOUCHED: Settings = {
  concepts: [],
  axes: [null, null],
  prefixes: ['', ''],
  pair: [null, null],
  plus: [],
  minus: [],
  beside: null,
  share: 1,
  precision: 'float32',
  palette: 'blue–orange',
  sorted: true,
  together: false,
  table: false,
  question: null,
  measured: null,
  open: [],
};

/** Reads what a link holds for a setting, given how many texts it has; undefined if it can't be. */
type Read<T> = (found: unknown, texts: number) => T | undefined;

/** The letter of each setting in a link, and how it is read. Letters are never used for another. */
const FIELDS: { readonly [F in keyof Settings]: readonly [string, Read<Settings[F]>] } = {
  concepts: ['c', positions],
  axes: ['x', two(place)],
  prefixes: ['p', two(string)],
  pair: ['l', two(place)],
  plus: ['a', positions],
  minus: ['s', positions],
  beside: ['o', string],
  share: ['n', (found) => (isNumber(found) && found >= 0 && found <= 1 ? found : undefined)],
  precision: ['b', oneOf(PRECISIONS)],
  palette: ['k', oneOf(PALETTE_NAMES)],
  sorted: ['d', flag],
  together: ['g', flag],
  table: ['f', flag],
  question: ['q', question],
  measured: ['m', string],
  open: [
    'w',
    (found) => (Array.isArray(found) ? PANELS.filter((it) => found.includes(it)) : undefined),
  ],
};

const MARK = '#s=';

/** Bytes that a link may unfold to: a hundred long texts, and no flood. */
const MOST = 8_000_000;

export async function toFragment(shared: Shared): Promise<string> {
  const json: Record<string, unknown> = { v: 1, e: shared.encoder, t: shared.texts };
  const usual = usualOf(shared.prefixes);
  for (const [field, [letter]] of entries()) {
    const value = shared[field];
    if (JSON.stringify(value) !== JSON.stringify(usual[field])) json[letter] = value;
  }
  return (
    MARK + toBase64Url(await through(new CompressionStream('deflate-raw'), JSON.stringify(json)))
  );
}

/** What a fragment holds; null where it holds no texts, or is damaged. */
export async function fromFragment(fragment: string): Promise<Shared | null> {
  if (!fragment.startsWith(MARK)) return null;
  try {
    const bytes = fromBase64Url(fragment.slice(MARK.length));
    const json = await through(new DecompressionStream('deflate-raw'), bytes);
    return check(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)));
  } catch {
    return null; // cut off or changed on its way
  }
}

function check(found: Record<string, unknown>): Shared | null {
  const { v, e: encoder, t: texts } = found;
  const isTexts = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
  if (v !== 1 || typeof encoder !== 'string' || !isTexts) return null;
  const read = <F extends keyof Settings>(field: F): Settings[F] | undefined => {
    const [letter, understand] = FIELDS[field];
    return understand(found[letter], texts.length);
  };
  const usual = usualOf(read('prefixes') ?? UNTOUCHED.prefixes);
  const settings = entries().map(([field]) => [field, read(field) ?? usual[field]]);
  return { encoder, texts, ...(Object.fromEntries(settings) as Settings) };
}

/** Prefixes are seen where they are set; links of before said nothing of what is open. */
function usualOf(prefixes: readonly [string, string]): Settings {
  return prefixes.some((prefix) => prefix !== '') ? { ...UNTOUCHED, open: ['prefix'] } : UNTOUCHED;
}

function entries(): [keyof Settings, readonly [string, Read<unknown>]][] {
  return Object.entries(FIELDS) as [keyof Settings, readonly [string, Read<unknown>]][];
}

function isNumber(found: unknown): found is number {
  return typeof found === 'number';
}

function isPosition(found: unknown, texts: number): found is number {
  return Number.isInteger(found) && (found as number) >= 0 && (found as number) < texts;
}

function string(found: unknown): string | undefined {
  return typeof found === 'string' ? found : undefined;
}

function flag(found: unknown): boolean | undefined {
  return typeof found === 'boolean' ? found : undefined;
}

function place(found: unknown, texts: number): Place {
  return isPosition(found, texts) ? found : null;
}

function positions(found: unknown, texts: number): number[] | undefined {
  if (!Array.isArray(found)) return undefined;
  return [...new Set(found.filter((it) => isPosition(it, texts)))];
}

function two<T>(read: Read<T>): Read<readonly [T, T]> {
  return (found, texts) => {
    if (!Array.isArray(found)) return undefined;
    const [one, other] = [read(found[0], texts), read(found[1], texts)];
    return one === undefined || other === undefined ? undefined : [one, other];
  };
}

function oneOf<T>(all: readonly T[]): Read<T> {
  return (found) => all.find((it) => it === found);
}

function question(found: unknown): Settings['question'] | undefined {
  if (!Array.isArray(found)) return undefined;
  const [name, predicted, encoder] = found as unknown[];
  if (typeof name !== 'string' || typeof encoder !== 'string') return undefined;
  return [name, Number.isInteger(predicted) ? (predicted as number) : null, encoder];
}

async function through(
  stream: CompressionStream | DecompressionStream,
  content: BlobPart,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Response(content).body!.pipeThrough(stream as ReadableWritablePair);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (const reader = out.getReader(); ;) {
    const { value, done } = await reader.read();
    if (done) break;
    parts.push(value);
    bytes += value.length;
    if (bytes > MOST) throw new RangeError('too much for a link');
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
