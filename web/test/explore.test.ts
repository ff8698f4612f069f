import { expect, test } from 'vitest';
import { parts, read, START, write } from '../src/explore/view';

test('a view goes into the address and comes back', () => {
  const view = {
    collection: 'my notes & more',
    layout: 'umap' as const,
    colour: 'column:kind',
    query: 'undo a commit -svn',
    filter: 'year >= 2020 and lang = "en"',
    hybrid: true,
    camera: { x: 0.25, y: -0.5, scale: 1234.5 },
  };
  expect(read(`#${write(view)}`)).toEqual(view);
  expect(write(START)).toBe('');
  expect(read('')).toEqual(START);
});

test('what can not be understood is as at the start', () => {
  expect(read('#layout=circle&at=1,2&hybrid=yes')).toEqual(START);
  expect(read('#at=NaN,0,1').camera).toBe(null);
  expect(read('#at=0,0,-3').camera).toBe(null);
});

test('a query turns away from what stands behind a minus', () => {
  expect(parts('dog food')).toEqual([{ text: 'dog food', weight: 1 }]);
  expect(parts('well-known dog -cats and mice -birds')).toEqual([
    { text: 'well-known dog', weight: 1 },
    { text: 'cats and mice', weight: -0.5 },
    { text: 'birds', weight: -0.5 },
  ]);
  expect(parts('-cats')).toEqual([{ text: 'cats', weight: -0.5 }]);
  expect(parts('  ')).toEqual([]);
});
