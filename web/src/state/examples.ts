/** The texts that figures begin with. */

/** Texts of a figure of the page's own, with marks by their positions. */
export interface Example<Mark extends string = string> {
  readonly texts: readonly string[];
  readonly marks: { readonly [M in Mark]: readonly number[] };
}

export const SUM: Example<'plus' | 'minus'> = {
  texts: [
    'The king sits on the throne.',
    'a man',
    'a woman',
    'The queen sits on the throne.',
    'The prince sits on a horse.',
    'The king sits on a bench.',
    'A woman sits in an office.',
  ],
  marks: { plus: [0, 2], minus: [1] },
};

/** From the first text to the second; the others are met on the way. */
export const WALK: Example<never> = {
  texts: [
    'She baked an apple pie.',
    'The company sold a million phones.',
    'An apple fell from the tree.',
    'Apple opened a new shop.',
    'Shares of the phone maker rose.',
    'The bakery raised its prices.',
    'The engineers tested the battery.',
    'The fruit farm was sold to a company.',
  ],
  marks: {},
};

export const SORTING: Example<'concepts' | 'axes'> = {
  texts: [
    'happy',
    'sad',
    'We won the final in the last minute!',
    'My grandmother died in the spring.',
    'The meeting starts at ten.',
    'I am not happy about this.',
  ],
  marks: { concepts: [0, 1], axes: [0, 1] },
};

/** What is denied, renumbered and turned round at first. */
export const TRAP = 'The dog bit the man.';
