/**
 * Variants of an English text that say something else in almost the same words.
 *
 * Rules, not understanding: they are stated on the page, and each knows only sentences of a shape
 * that it leaves in good English. Where none fits there is no variant.
 */

export interface Trap {
  name: string;
  rule: string;
  /** The variant; null where the rule does not apply. */
  make: (text: string) => string | null;
}

const AUXILIARY = 'am|is|are|was|were|will|would|can|could|should|may|might|must';
const HELPING = new RegExp(`\\b(${AUXILIARY})\\b`, 'i');
const NEGATED = new RegExp(`\\b(${AUXILIARY}) not\\b`, 'i');
const SHORTENED = /\b(is|are|was|were|would|could|should)n['’]t\b/i;
const CANNOT = /\b(cannot|can['’]t)\b/i;
const WONT = /\bwon['’]t\b/i;

/** Words that begin a sentence and are written small inside one. */
const OPENERS = new Set(
  'a an the this that these those my your his her its our their he she it we they you there some every each all no'.split(
    ' ',
  ),
);

/** “not” in the one place where it surely belongs, or taken away from there. */
function negate(text: string): string | null {
  const sentence = text.trim();
  if (sentence === '' || sentence.endsWith('?')) return null;
  if (CANNOT.test(sentence)) return sentence.replace(CANNOT, (it) => matchCase('can', it));
  if (WONT.test(sentence)) return sentence.replace(WONT, (it) => matchCase('will', it));
  if (SHORTENED.test(sentence)) return sentence.replace(SHORTENED, '$1');
  if (NEGATED.test(sentence)) return sentence.replace(NEGATED, '$1');
  const first = /^[\p{L}'’]+/u.exec(sentence)?.[0];
  if (!first) return null;
  // where it stands first, the sentence asks or commands
  const helping = HELPING.exec(sentence);
  if (helping && helping.index > 0) {
    return sentence.replace(HELPING, (it) => (/^can$/i.test(it) ? `${it}not` : `${it} not`));
  }
  if (helping) return null;
  if (first === 'I') return `It is not true that ${sentence}`;
  if (OPENERS.has(first.toLowerCase())) {
    return `It is not true that ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
  }
  return null; // a name, a plural, an order: it can't be told which
}

/** Number words that any noun can follow in the plural. */
const WORDS = 'two three four five six seven eight nine ten eleven twelve'.split(' ');
const WORD = new RegExp(`\\b(${WORDS.join('|')})\\b`, 'i');

function changeNumber(text: string): string | null {
  const found = /\d[\d,.]*\d|\d/.exec(text);
  if (found) {
    const [before, after] = [text.slice(0, found.index), text.slice(found.index + found[0].length)];
    const other = anotherNumber(found[0], after);
    return other === null ? null : before + other + after;
  }
  if (!WORD.test(text)) return null;
  return text.replace(WORD, (word) => {
    const other = WORDS[(WORDS.indexOf(word.toLowerCase()) + 5) % WORDS.length]!;
    return matchCase(other, word);
  });
}

/** A number that could stand in the same place: an hour stays an hour, a share a share. */
function anotherNumber(number: string, after: string): string | null {
  if (/^[:\d]/.test(after) || /^(st|nd|rd|th)\b/.test(after)) return null;
  const value = Number(number);
  if (!/^\d+$/.test(number)) {
    return number.replace(/\d/, (digit) => String((Number(digit) % 9) + 1));
  }
  if (/^\s*(am|pm|a\.m\.|p\.m\.|o['’]clock)/i.test(after)) return String(((value + 3) % 12) + 1);
  if (/^\s*(%|per ?cent)/i.test(after)) {
    return String(value === 50 ? 5 : value < 100 ? 100 - value : 10);
  }
  if (/^(1[5-9]|20)\d\d$/.test(number)) return String(value >= 1970 ? value - 60 : value + 60);
  return value === 0 ? '10' : value === 1 ? null : String(value * 10);
}

/** Two that do something to each other: “The dog bit the man.”, “Anna called Peter.” */
const NOUNS =
  /^(the|a|an|my|our|your|his|her) (\p{Ll}+) (\p{Ll}+(?:ed|s|t|d|w|e)) (the|a|an|my|our|your|his|her) (\p{Ll}+)([.!]?)$/iu;
const NAMES = /^(\p{Lu}\p{Ll}+) (\p{Ll}+(?:ed|s|t|d|w|e)) (\p{Lu}\p{Ll}+)([.!]?)$/u;

function swapRoles(text: string): string | null {
  const sentence = text.trim();
  const nouns = NOUNS.exec(sentence);
  if (nouns) {
    const [, one, noun, verb, other, second, end] = nouns as unknown as string[];
    if (HELPING.test(verb!) || noun === second) return null;
    return `${matchCase(other!, one!)} ${second} ${verb} ${one!.toLowerCase()} ${noun}${end}`;
  }
  const names = NAMES.exec(sentence);
  if (!names) return null;
  const [, one, verb, other, end] = names as unknown as string[];
  return HELPING.test(verb!) || one === other ? null : `${other} ${verb} ${one}${end}`;
}

function matchCase(word: string, like: string): string {
  return /^\p{Lu}/u.test(like) ? word.charAt(0).toUpperCase() + word.slice(1) : word;
}

export const TRAPS: readonly Trap[] = [
  {
    name: 'Deny it',
    rule: '“not” after is, was, can …, or removed where it is already there; otherwise “It is not true that …” in front',
    make: negate,
  },
  {
    name: 'Change the number',
    rule: 'a number that could stand in the same place',
    make: changeNumber,
  },
  {
    name: 'Swap the roles',
    rule: 'where one does something to another, as in “The dog bit the man.”',
    make: swapRoles,
  },
];
