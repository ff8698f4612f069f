/** A comparison as CSV, as an array of NumPy, and as Python. */

import type { Comparison } from '../api/types';
import { decodeVector } from '../vectors/decode';
import { csv } from './csv';

/** One line for each text; `digest` says which encoder the numbers belong to. */
export function toCsv({ texts, encoder, background }: Comparison): string {
  const head = [
    'text',
    'tokens',
    'truncated',
    'unknown',
    'similarity',
    'percentile',
    'background',
    'encoder',
    'digest',
  ];
  const lines = texts.map((row, i) => [
    row.text,
    row.tokens,
    row.truncated,
    row.unknown,
    row.similarity,
    i === 0 ? '' : row.percentile,
    background.name,
    encoder.name,
    encoder.digest,
  ]);
  return csv([head, ...lines]);
}

/** The vectors as a `.npy` file: format 1.0, little-endian float32, shape (n, dims). */
export function toNpy({ texts, encoder }: Comparison): Uint8Array<ArrayBuffer> {
  const shape = `(${texts.length}, ${encoder.dims})`;
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + head.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + texts.length * encoder.dims * 4);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0]);
  view.setUint16(8, length - 10, true);
  bytes.set(new TextEncoder().encode(head.padEnd(length - 11) + '\n'), 10);
  let at = length;
  for (const { embedding } of texts) {
    for (const value of decodeVector(embedding)) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** A short program that computes one similarity. JSON's strings are Python's too. */
export function receipt(one: string, other: string, encoder: string): string {
  return `import likewise
a, b = likewise.load(${JSON.stringify(encoder)}).encode([
    ${JSON.stringify(one)},
    ${JSON.stringify(other)},
]).vectors
print(a @ b)
`;
}

/** A program that computes the same numbers. */
export function toPython({ texts, encoder }: Comparison): string {
  const list = texts.map(({ text }) => `    ${JSON.stringify(text)},\n`).join('');
  return `import likewise

texts = [
${list}]
comparison = likewise.compare(texts, ${JSON.stringify(encoder.name)})
assert comparison.identity.digest == "${encoder.digest}"
print(comparison)
print(comparison.similarities.tolist())
`;
}
