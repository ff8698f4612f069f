/**
 * The whole state of the page in the fragment of a link, compressed.
 *
 * A browser never sends the fragment to a server, so the texts in a link are seen only by whom it
 * is given to.
 */

import { fromBase64Url, toBase64Url } from './base64';

/** What a link holds: its version, encoder and texts, and settings by their keys. */
export interface Packed extends Record<string, unknown> {
  readonly v: 1;
  readonly e: string;
  readonly t: readonly string[];
}

const MARK = '#s=';

/** Bytes that a link may unfold to: 2.6 MB of text, which 2.6 kB hold, stop a page for half a minute. */
const MOST = 300_000;

export const TOO_LONG = 'These texts are too long for a link. Export them as JSON instead.';

/** The fragment that holds a state; null where it is more than a link may hold. */
export async function toFragment(packed: Packed): Promise<string | null> {
  const json = new TextEncoder().encode(JSON.stringify(packed));
  if (json.length > MOST) return null;
  const bytes = await through(new CompressionStream('deflate-raw'), json);
  return MARK + toBase64Url(bytes);
}

/** What a fragment holds; null where it holds no texts, or is damaged. */
export async function fromFragment(fragment: string): Promise<Packed | null> {
  if (!fragment.startsWith(MARK)) return null;
  try {
    const bytes = fromBase64Url(fragment.slice(MARK.length));
    const json = await through(new DecompressionStream('deflate-raw'), bytes);
    return understand(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    return null; // cut off or changed on its way
  }
}

/** What was packed; null where it is something else. */
export function understand(json: string): Packed | null {
  const found = JSON.parse(json) as Partial<Packed> | null;
  const { v, e, t } = found ?? {};
  const isTexts = Array.isArray(t) && t.every((text) => typeof text === 'string');
  return v === 1 && typeof e === 'string' && isTexts ? (found as Packed) : null;
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
