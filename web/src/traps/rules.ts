/**
 * Variants of an English text that say something else in almost the same words.
 *
 * Rules, not understanding: they are stated on the page, and where none applies there is no
 * variant.
 */

export interface Trap {
  name: string;
  rule: string;
  /** The variant; null where the rule does not apply. */
  make: (text: string) => string | null;
}

const AUXILIARY =
  /\b(am|is|are|was|were|will|would|can|could|shall|should|may|might|must)\b(?! not)/i;
const NEGATED =
  /\b(am|is|are|was|were|will|would|can|could|shall|should|may|might|must|do|does|did) not\b/i;

const NUMBERS = [
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
const NUMBER = new RegExp(`\\b(${NUMBERS.join('|')})\\b`, 'i');

const SMALL = new Set(
  (
    'a an and are as at be been but by can could did do does for from had has have he her his i if in is it its ' +
    'may me might must my no nor not of on or our shall she should so than that the their them then there these ' +
    'they this those to was we were what when which who will with would you your'
  ).split(' '),
);

function negate(text: string): string | null {
  if (text.trim() === '') return null;
  if (NEGATED.test(text)) return text.replace(NEGATED, '$1');
  if (AUXILIARY.test(text)) return text.replace(AUXILIARY, '$1 not');
  return `It is not true that ${lowerFirst(text.trim())}`;
}

function changeNumber(text: string): string | null {
  if (/\d/.test(text)) {
    return text.replace(/\d[\d,.]*\d|\d/, (found) =>
      /^\d+$/.test(found)
        ? String(Number(found) * 10 || 10)
        : found.replace(/\d/, (d) => String(((Number(d) + 4) % 9) + 1)),
    );
  }
  if (!NUMBER.test(text)) return null;
  return text.replace(NUMBER, (found) => {
    const other = NUMBERS[(NUMBERS.indexOf(found.toLowerCase()) + 6) % NUMBERS.length]!;
    return matchCase(other, found);
  });
}

function swapOrder(text: string): string | null {
  const words = [...text.matchAll(/[\p{L}\p{N}'’]+/gu)];
  const main = words.filter(([word]) => !SMALL.has(word.toLowerCase()));
  const [first, last] = [main[0], main.at(-1)];
  if (!first || !last || first === last || first[0].toLowerCase() === last[0].toLowerCase())
    return null;
  const between = text.slice(first.index + first[0].length, last.index);
  return (
    text.slice(0, first.index) +
    matchCase(last[0], first[0]) +
    between +
    (first.index === 0 ? lowerFirst(first[0]) : first[0]) +
    text.slice(last.index + last[0].length)
  );
}

function matchCase(word: string, like: string): string {
  const capital = /^\p{Lu}/u.test(like);
  return capital ? word.charAt(0).toUpperCase() + word.slice(1) : word;
}

/** Lower case at the front, except for “I” and words that are all capitals. */
function lowerFirst(text: string): string {
  const [word = ''] = /^[\p{L}'’]+/u.exec(text) ?? [];
  const keeps =
    word === 'I' || /^I['’]/.test(word) || (word.length > 1 && word === word.toUpperCase());
  return keeps ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

export const TRAPS: readonly Trap[] = [
  {
    name: 'Deny it',
    rule: '“not” after the first is, was, can …, or taken away where it stands; else “It is not true that …” in front',
    make: negate,
  },
  {
    name: 'Change the number',
    rule: 'the first number times ten, or another number word',
    make: changeNumber,
  },
  {
    name: 'Swap the words',
    rule: 'the first and the last word that carry meaning change places',
    make: swapOrder,
  },
];
