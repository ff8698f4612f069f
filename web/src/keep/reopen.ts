/** Opens a comparison that was exported as JSON, or says why not. */

import { Failure, compare } from '../api/client';
import type { Comparison } from '../api/types';
import { cosine } from '../vectors/cosine';
import { decodeVector } from '../vectors/decode';

/** Vectors of one encoder agree so well whatever precision they were computed in. */
const SAME = 0.995;

/** Whether a file of JSON means to be an exported comparison, rather than a table. */
export function isComparison(content: string): boolean {
  try {
    const found = JSON.parse(content) as Partial<Comparison> | null;
    return found?.texts !== undefined && found.encoder !== undefined;
  } catch {
    return false;
  }
}

/** The file's texts, compared again; its vectors must be those of an encoder that is here. */
export async function reopen(content: string, ask = compare): Promise<Comparison> {
  const file = parse(content);
  const fresh = await ask({
    texts: file.texts.map(({ text }) => text),
    encoder: file.encoder.name,
  });
  if (fresh.encoder.digest !== file.encoder.digest) {
    throw new Failure(
      `The file’s vectors were made by ${file.encoder.name} ${file.encoder.digest.slice(0, 12)}, which is a different encoder from ${fresh.encoder.name} ${fresh.encoder.digest.slice(0, 12)} here, so they can’t be compared.`,
      'Open it where that encoder is, or paste its texts to embed them again.',
      'incompatible_vectors',
    );
  }
  // a cosine with what is no number is none, and below nothing
  const agrees = ({ embedding }: { embedding: string }, i: number) =>
    cosine(decodeVector(embedding), decodeVector(fresh.texts[i]!.embedding)) >= SAME;
  const differs = file.texts.findIndex((text, i) => !agrees(text, i));
  if (differs >= 0) {
    throw new Failure(
      `The vector of text ${differs + 1} in the file is not the one that ${fresh.encoder.name} gives for it.`,
      'The file was changed after its export; export it again.',
      'incompatible_vectors',
    );
  }
  return fresh;
}

function parse(content: string): Comparison {
  try {
    const found = JSON.parse(content) as Comparison;
    const texts = found.texts.map(({ text, embedding }) => typeof text + typeof embedding);
    for (const { embedding } of found.texts) decodeVector(embedding);
    const named = typeof found.encoder.name + typeof found.encoder.digest;
    if ([named, ...texts].every((types) => types === 'stringstring') && texts.length > 0)
      return found;
  } catch {
    // told below, as for any other file that is not ours
  }
  throw new Failure(
    'This file is not a comparison made with Likewise.',
    'Choose a file saved with “Export JSON”.',
    'unreadable_file',
  );
}
