import { expect, test } from 'vitest';
import { bytes } from '../src/explore/bytes';
import { both, byValue, inOrder } from '../src/explore/chosen';
import { added, condition, example, questions } from '../src/explore/conditions';
import { plainNumber, timeNames } from '../src/map/scales';
import { parts, read, START, write } from '../src/explore/view';
import { rowAt, scrollTo, span, tall } from '../src/explore/window';

test('a view goes into the address and comes back', () => {
  const view = {
    collection: 'my notes & more',
    layout: 'umap' as const,
    colour: 'column:kind',
    query: 'undo a commit -svn',
    filter: 'year >= 2020 and lang = "en"',
    hybrid: true,
    like: 12,
    point: 0,
    lasso: [-0.5, 0.25, 0.5, 0.25, 0, -1],
    rows: [3, 1, 2],
    order: '-my column',
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
  expect(read('#like=x&point=-1&lasso=0,0,1,1&rows=1,,2&order=year')).toEqual(START);
  expect(read('#like=1.5&point=9999999999&lasso=0,0,1,1,2&rows=1,0.5&order=-')).toEqual(START);
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

test('a selection that no address could hold is left out of it', () => {
  const rows = Array.from({ length: 151 }, (_, i) => i);
  expect(write({ ...START, rows })).toBe('');
  expect(read(write({ ...START, rows: rows.slice(1) })).rows).toHaveLength(150);
  expect(read(`#rows=${rows.join(',')}&lasso=${'0,1,'.repeat(150)}0,1`)).toEqual(START);
  expect(read(`#lasso=${'0,1,'.repeat(149)}0,1`).lasso).toHaveLength(300);
});

test.each(['0,0,1e300', '0,0,0.1', '2,0,9', '0,-1e9,9', '0,0', '0,0,9,9'])(
  'a camera that shows nothing is none: %s',
  (at) => {
    expect(read(`#at=${at}`).camera).toBe(null);
    expect(read('#at=-1,1,9').camera).toEqual({ x: -1, y: 1, scale: 9 });
  },
);

test('an address is no prototype', () => {
  expect(read('#__proto__=1&constructor=2&collection=__proto__')).toEqual({
    ...START,
    collection: '__proto__',
  });
});

test('rows are joined and put in order', () => {
  const [some, others] = [Int32Array.of(5, 1, 9), Int32Array.of(9, 2, 5)];
  expect(both(some, null)).toBe(some);
  expect(both(null, null)).toBe(null);
  expect([...both(some, others)!]).toEqual([5, 9]);
  expect([...both(some, new Int32Array())!]).toEqual([]);
  const order = Int32Array.of(3, 1, 0, 2);
  expect([...inOrder(null, order, true)]).toEqual([2, 0, 1, 3]);
  expect([...inOrder(Int32Array.of(0, 1), order, false)]).toEqual([1, 0]);
  expect([...byValue(Float32Array.of(0.5, -1, 0.5, 0))]).toEqual([1, 3, 0, 2]);
});

test('a table of any length is scrolled from its first row to its last', () => {
  for (const count of [0, 1, 12, 1_000, 5_000_000]) {
    const window = { count, row: 34, room: 340 };
    const end = tall(window) - window.room;
    expect(tall(window)).toBeLessThanOrEqual(8_000_000);
    expect(rowAt(0, window)).toBe(0);
    expect(rowAt(Math.max(0, end), window)).toBeCloseTo(Math.max(0, count - 10));
    const [from, to] = span(rowAt(Math.max(0, end), window), window);
    expect(to).toBe(count);
    expect(to - from).toBeLessThan(25);
    const middle = Math.floor(count / 2);
    expect(rowAt(scrollTo(middle, window), window)).toBeCloseTo(
      Math.min(middle, Math.max(0, count - 10)),
    );
  }
});

test('conditions are put together as the filter reads them', () => {
  const [year, kind] = [
    { name: 'year', kind: 'number' },
    { name: 'my kind', kind: 'text' },
  ];
  expect(condition(year, '>=', ' 2020 ')).toBe('year >= 2020');
  expect(condition(year, '=', 'soon')).toBe(null);
  expect(condition(year, 'is missing', '')).toBe('year is missing');
  expect(condition(kind, '=', 'a "b"')).toBe('`my kind` = "a ""b"""');
  expect(condition({ name: 'or', kind: 'text' }, 'contains', 'x')).toBe('`or` contains "x"');
  expect(condition({ name: 'a`b', kind: 'text' }, '=', 'x')).toBe('`a``b` = "x"');
  expect(condition(kind, '=', ' ')).toBe(null);
  expect(questions('text')).toContain('contains');
  expect(questions('number')).not.toContain('contains');
  expect(added('', 'a = 1')).toBe('a = 1');
  expect(added('a = 1', 'b = 2')).toBe('a = 1 and b = 2');
  expect(added('a = 1 or a = 2', 'b = 2')).toBe('(a = 1 or a = 2) and b = 2');
});

test('bytes are read at a glance', () => {
  expect([0, 1, 999, 1_536, 153_600_000, 2e12].map(bytes)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1.5 kB',
    '154 MB',
    '2.0 TB',
  ]);
});

test('dates have a scale of their own', () => {
  expect(questions('time')).toContain('>=');
  const value = example('time');
  expect(condition({ name: 'at', kind: 'time' }, '>=', value)).toBe('at >= "2020-12-31"');
  const start = 1_577_836_800;
  const named = (...seconds: number[]) => timeNames(seconds)(start + 61);
  expect(named(start, start + 3 * 86_400, NaN)).toBe('2020-01-01');
  expect(named(start, start + 3_600)).toBe('2020-01-01 00:01');
  expect(named(start, start + 100)).toBe('2020-01-01 00:01:01');
  expect(timeNames([start])(2 ** 60)).toBe('far away');
  expect(timeNames([-(10 ** 12), 0])(-(10 ** 12))).toMatch(/^-0\d{5}-\d\d-\d\d$/);
  expect([plainNumber(2018), plainNumber(12_345), plainNumber(-0.5)]).toEqual([
    '2018',
    '12,345',
    '-0.5',
  ]);
});
