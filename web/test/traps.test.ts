import { describe, expect, test } from 'vitest';
import { PAIRS } from '../src/traps/pairs';
import { TRAPS } from '../src/traps/rules';
import { piecesOf } from '../src/vectors/pieces';

const [negate, number, order] = TRAPS.map((trap) => trap.make) as [
  (text: string) => string | null,
  (text: string) => string | null,
  (text: string) => string | null,
];

test.each([
  ['The film was good.', 'The film was not good.'],
  ['The film was not good.', 'The film was good.'],
  ['We can go.', 'We cannot go.'],
  ["They can't come.", 'They can come.'],
  ["It isn't cold.", 'It is cold.'],
  ['I love cats.', 'It is not true that I love cats.'],
  ['The cat sleeps.', 'It is not true that the cat sleeps.'],
  // a name or a plural at the front: it can't be told which
  ['Peter gave Mary a book.', null],
  ['Cats sleep.', null],
  ['Is it raining?', null],
  ['Will you come', null],
  [' ', null],
])('denies %j', (text, variant) => expect(negate(text)).toBe(variant));

test.each([
  ['It costs 20 euros.', 'It costs 200 euros.'],
  ['Two cats sleep.', 'Seven cats sleep.'],
  ['At twelve.', 'At six.'],
  ['We ate at 7 pm.', 'We ate at 11 pm.'],
  ['In 2019 it rained.', 'In 1959 it rained.'],
  ['About 5 percent complained.', 'About 95 percent complained.'],
  ['One more cat.', null],
  ['At 12:30.', null],
  ['The 3rd of May.', null],
  ['No number.', null],
])('changes the number of %j', (text, variant) => expect(number(text)).toBe(variant));

test.each(['37.5 degrees', '2,000 euros', '0'])('the number of %j does change', (text) => {
  expect(number(text)).not.toBe(text);
});

test.each([
  ['The dog bit the man.', 'The man bit the dog.'],
  ['The dog chased the man.', 'The man chased the dog.'],
  ['My aunt called a doctor.', 'A doctor called my aunt.'],
  ['Anna called Peter.', 'Peter called Anna.'],
  ['I love cats.', null],
  ['Peter gave Mary a book.', null],
  ['The doctor examined 3 patients yesterday.', null],
  ["I don't like cheese.", null],
  ['The film was a failure.', null],
  ['Cats', null],
])('swaps the roles in %j', (text, variant) => expect(order(text)).toBe(variant));

describe('the fixed set', () => {
  test('has fifty different pairs that differ', () => {
    expect(PAIRS).toHaveLength(50);
    expect(new Set(PAIRS.map(([, a]) => a)).size).toBe(50);
    expect(PAIRS.every(([, a, b]) => a !== b)).toBe(true);
  });
});

test('pieces put a text together again, with places in code points', () => {
  const text = '🐈 cats, dogs!';
  const words = [
    { start: 2, end: 6, effect: 0.5 },
    { start: 8, end: 12, effect: -0.1 },
  ];
  const pieces = piecesOf(text, words);
  expect(pieces.map((piece) => piece.text)).toEqual(['🐈 ', 'cats', ', ', 'dogs', '!']);
  expect(pieces.map((piece) => piece.word?.effect)).toEqual([
    undefined,
    0.5,
    undefined,
    -0.1,
    undefined,
  ]);
});
