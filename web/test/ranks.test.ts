import { expect, test } from 'vitest';
import { move, ranksOf } from '../src/vectors/ranks';

test('ranks leave the first text out and keep the order of equals', () => {
  const texts = [1, 0.2, 0.7, 0.2].map((similarity) => ({ similarity }));
  expect(ranksOf({ texts })).toEqual([2, 1, 3]);
  expect(ranksOf({ texts: texts.slice(0, 1) })).toEqual([]);
});

test('a move says from where to where', () => {
  expect(move(2, 2)).toBe('2');
  expect(move(1, 3)).toBe('1 → 3');
});
