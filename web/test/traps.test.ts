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
  ['We can go.', 'We can not go.'],
  ['I love cats.', 'It is not true that I love cats.'],
  ['Cats sleep.', 'It is not true that cats sleep.'],
  ['NASA launched it.', 'It is not true that NASA launched it.'],
  [' ', null],
])('denies %j', (text, variant) => expect(negate(text)).toBe(variant));

test.each([
  ['It costs 20 euros.', 'It costs 200 euros.'],
  ['Two cats sleep.', 'Eight cats sleep.'],
  ['At twelve.', 'At six.'],
  ['No number.', null],
])('changes the number of %j', (text, variant) => expect(number(text)).toBe(variant));

test.each(['37.5 degrees', '2,000 euros', '0'])('the number of %j does change', (text) => {
  expect(number(text)).not.toBe(text);
});

test.each([
  ['The dog bit the man.', 'The man bit the dog.'],
  ['Dogs chase cats.', 'Cats chase dogs.'],
  ['I love cats.', 'I cats love.'],
  ['Cats', null],
  ['the of and', null],
])('swaps the words of %j', (text, variant) => expect(order(text)).toBe(variant));

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
