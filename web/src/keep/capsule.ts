/** A comparison as one file that opens anywhere, with no server and no network. */

import type { Comparison } from '../api/types';
import { type Vector, cosine, descending } from '../vectors/cosine';
import { decodeVector } from '../vectors/decode';
import { toBase64 } from './base64';
import template from './capsule.html?raw';

/** `title` is what the reader calls it, `picture` an SVG. */
export function toCapsule(
  { texts, encoder, runtime, landmarks }: Comparison,
  title = '',
  picture = '',
): string {
  const vectors = texts.map(({ embedding }) => decodeVector(embedding));
  const coarse = vectors.map(toInt16);
  // half the size, unless two texts are so near each other that their order would change
  const stored = sameOrders(vectors, coarse) ? 'int16' : 'float32';
  const bytes = stored === 'int16' ? coarse : vectors;
  const capsule = {
    title: title || 'Which of these mean the same thing?',
    picture: picture && `data:image/svg+xml;base64,${toBase64(new TextEncoder().encode(picture))}`,
    cuts: landmarks.cuts,
    texts: texts.map(({ text }) => text),
    stored,
    vectors: bytes.map((v) => toBase64(new Uint8Array(v.buffer, v.byteOffset, v.byteLength))),
    says: `Vectors of ${encoder.name} (${encoder.digest}), ${encoder.dims} numbers, computed in ${runtime.precision}, stored as ${stored}.`,
  };
  // no text can end the block that holds it
  const json = JSON.stringify(capsule).replaceAll('<', '\\u003c');
  return template.replace('/*capsule*/', () => json);
}

/** Finer than what is shown: eight bits would change the third digit of a similarity. */
function toInt16(vector: Float32Array): Int16Array {
  const most = vector.reduce((m, value) => Math.max(m, Math.abs(value)), 0) || 1;
  return Int16Array.from(vector, (value) => Math.round((value / most) * 32_767));
}

/** Whether both rank all others alike, whichever text is the first. */
function sameOrders(one: readonly Vector[], other: readonly Vector[]): boolean {
  return one.every((_, first) => {
    const [a, b] = [one, other].map((all) => descending(all.map((v) => cosine(all[first]!, v))));
    return a!.every((text, i) => text === b![i]);
  });
}
