/** A text cut into its words and what stands between them. */

export interface Piece<W> {
  text: string;
  word?: W;
}

interface Placed {
  start: number;
  end: number;
}

/** Places count characters as Python does: by code points, not by halves of them. */
export function piecesOf<W extends Placed>(text: string, words: readonly W[]): Piece<W>[] {
  const characters = [...text];
  const pieces: Piece<W>[] = [];
  let at = 0;
  for (const word of words) {
    const { start, end } = word;
    if (start > at) pieces.push({ text: characters.slice(at, start).join('') });
    pieces.push({ text: characters.slice(start, end).join(''), word });
    at = end;
  }
  if (at < characters.length) pieces.push({ text: characters.slice(at).join('') });
  return pieces;
}
