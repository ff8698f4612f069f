/** A text cut into its words, which have an effect, and what stands between them. */

export interface Piece {
  text: string;
  effect?: number;
}

interface Placed {
  start: number;
  end: number;
  effect: number;
}

/** Places count characters as Python does: by code points, not by halves of them. */
export function piecesOf(text: string, words: readonly Placed[]): Piece[] {
  const characters = [...text];
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, effect } of words) {
    if (start > at) pieces.push({ text: characters.slice(at, start).join('') });
    pieces.push({ text: characters.slice(start, end).join(''), effect });
    at = end;
  }
  if (at < characters.length) pieces.push({ text: characters.slice(at).join('') });
  return pieces;
}
