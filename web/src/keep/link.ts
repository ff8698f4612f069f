/**
 * The state of the page in the fragment of a link: texts, encoder, concepts, prefixes and pair.
 *
 * A browser never sends the fragment to a server, so the texts in a link are seen only by whom it
 * is given to.
 */

import { fromBase64Url, toBase64Url } from './base64';

export interface Shared {
  encoder: string;
  texts: string[];
  /** Positions of the texts that name a concept. */
  concepts: number[];
  /** What is tried before the first text, and before the others. */
  prefixes: readonly [string, string];
  /** Positions of the two texts that are looked at closely; null for one that nobody chose. */
  pair: readonly [number | null, number | null];
}

const MARK = '#s=';

export async function toFragment(shared: Shared): Promise<string> {
  const { encoder, texts, concepts, prefixes, pair } = shared;
  const json = JSON.stringify({ v: 1, e: encoder, t: texts, c: concepts, p: prefixes, l: pair });
  return MARK + toBase64Url(await through(new CompressionStream('deflate-raw'), json));
}

/** What a fragment holds; null where it holds no state, or a damaged one. */
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
  const { v, e: encoder, t: texts, c: concepts, p: prefixes, l: pair } = found;
  const isTexts = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
  if (v !== 1 || typeof encoder !== 'string' || !isTexts) return null;
  const positions = Array.isArray(concepts) ? concepts.filter(Number.isInteger) : [];
  const [first, others] = Array.isArray(prefixes) ? prefixes.map(String) : [];
  const [one, other] = Array.isArray(pair)
    ? pair.map((place) => (Number.isInteger(place) ? Number(place) : null))
    : [];
  return {
    encoder,
    texts,
    concepts: positions,
    prefixes: [first ?? '', others ?? ''],
    pair: [one ?? null, other ?? null],
  };
}

async function through(
  stream: CompressionStream | DecompressionStream,
  content: BlobPart,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Response(content).body!.pipeThrough(stream as ReadableWritablePair);
  return new Uint8Array(await new Response(out).arrayBuffer());
}
