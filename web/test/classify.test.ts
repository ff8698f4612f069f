import { describe, expect, test, vi } from 'vitest';
import { ticks } from '../src/charts/ticks';
import { cellsOf, step } from '../src/classify/cells';
import { nearestPromise, number, points, share, span } from '../src/classify/figures';
import { fixed } from '../src/charts/numbers';
import { Session, guessKind } from '../src/classify/session.svelte';
import type { TableAnswer } from '../src/api/types';
import cases from '../../tests/classify/figures.json';

interface Rounded {
  fixed: [number, number, string][];
  share: [number, number, string][];
  number: [number, string][];
}

/** What both sides are held against. */
const ROUNDED = cases as unknown as Rounded;

const TABLE: TableAnswer = {
  id: 't1',
  name: 'moods.csv',
  columns: ['text', 'mood', 'stars', 'valence'],
  rows: 3,
  sample: [
    ['a', 'joy', '1', '0.5'],
    ['b', null, '5', '2'],
  ],
  text: 'text',
  label: 'mood',
  why: null,
  numeric: ['stars', 'valence'],
  several: [],
  notes: [],
  aside: 0,
  rejected: [],
};

const CHECKS = { texts: 3, labels: [{ label: 'joy', count: 3 }], findings: [], notes: [] };

function state(name: string, more: object = {}) {
  const rest = { what: 'x', done: 0, total: 0, seconds: 0, error: null, result: null };
  return { id: 'r1', state: name, ...rest, ...more };
}

function answers(...bodies: object[]) {
  const calls: string[] = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    calls.push(`${init.method ?? 'GET'} ${path}`);
    return Promise.resolve(new Response(JSON.stringify(bodies.shift())));
  });
  return calls;
}

describe('cells of the confusion matrix', () => {
  const COUNTS = [
    [2, 0, 1],
    [0, 0, 0],
    [0, 3, 4],
  ];

  test('all are drawn of few classes, those with texts of many', () => {
    expect(cellsOf(COUNTS, true)).toHaveLength(9);
    expect(cellsOf(COUNTS, false).map(({ row, column }) => [row, column])).toEqual([
      [0, 0],
      [0, 2],
      [2, 1],
      [2, 2],
    ]);
  });

  test('arrows go along a full grid and stop at its edge', () => {
    const cells = cellsOf(COUNTS, true);
    expect(
      ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'].map((k) => step(cells, 4, k)),
    ).toEqual([1, 7, 3, 5]);
    expect(step(cells, 2, 'ArrowRight')).toBe(2);
    expect(step(cells, 2, 'ArrowUp')).toBe(2);
    expect(step(cells, 6, 'ArrowDown')).toBe(6);
    expect(step(cells, 4, 'Tab')).toBe(4);
  });

  test('arrows pass over what is not drawn, to the nearest column', () => {
    const cells = cellsOf(COUNTS, false);
    expect(step(cells, 0, 'ArrowDown')).toBe(2);
    expect(step(cells, 1, 'ArrowDown')).toBe(3);
    expect(step(cells, 3, 'ArrowUp')).toBe(1);
    expect(step(cells, 1, 'ArrowRight')).toBe(1);
  });

  test('a thousand classes have no more cells than texts', () => {
    const counts = Array.from({ length: 1000 }, (_, r) =>
      Array.from({ length: 1000 }, (_, c) => (c === (r * 7) % 1000 ? 1 : 0)),
    );
    expect(cellsOf(counts, false)).toHaveLength(1000);
  });
});

describe('figures', () => {
  test('a share below one never reads as all', () => {
    expect(share(0.99999)).toBe('99.9 %');
    expect(share(1)).toBe('100.0 %');
    expect(share(0.996, 0)).toBe('99 %');
    expect(share(0.703125)).toBe('70.3 %');
  });

  test('the page rounds as the terminal and the report do', () => {
    for (const [value, decimals, said] of ROUNDED.fixed) expect(fixed(value, decimals)).toBe(said);
    for (const [value, decimals, said] of ROUNDED.share) expect(share(value, decimals)).toBe(said);
    for (const [value, said] of ROUNDED.number) expect(number(value)).toBe(said);
    expect(number(-12.5, true)).toBe('−12.5');
    expect(number(12.5, true)).toBe('+12.5');
  });

  test('differences carry their sign, except none', () => {
    expect(points(0.0421)).toBe('+4.2');
    expect(points(-0.0421)).toBe('−4.2');
    expect(points(-0.0001)).toBe('0.0');
    expect(span([-0.01, 0.02])).toBe('−1.0 to +2.0');
  });

  test('the nearest known promise is looked up', () => {
    const known = [0.5, 0.8, 0.95].map((coverage) => ({ coverage, size: coverage * 2 }));
    expect(nearestPromise(known, 0.9)?.coverage).toBe(0.95);
    expect(nearestPromise(known, 0.7)?.coverage).toBe(0.8);
    expect(nearestPromise([], 0.7)).toBeUndefined();
  });

  test('axis values are round and inside', () => {
    expect(ticks(0, 320)).toEqual([0, 100, 200, 300]);
    expect(ticks(0.41, 0.79)).toEqual([0.5, 0.6, 0.7].filter((v) => v >= 0.41));
    expect(ticks(3, 3)).toEqual([3]);
  });
});

describe('a visit', () => {
  test('whole numbers are taken for classes, fractions for numbers', () => {
    expect(guessKind(TABLE, 'mood')).toBe('classes');
    expect(guessKind(TABLE, 'stars')).toBe('classes');
    expect(guessKind(TABLE, 'valence')).toBe('numbers');
    expect(guessKind({ ...TABLE, several: ['mood'] }, 'mood')).toBe('multi-label');
  });

  test('goes from a table over its checks to a result', async () => {
    vi.useFakeTimers();
    const result = { kind: 'classes', encoder: 'minilm' };
    const calls = answers(CHECKS, state('waiting'), state('running'), state('done', { result }));
    const session = new Session();
    expect(session.stage).toBe('table');
    await session.take(() => Promise.resolve(TABLE));
    expect(session.stage).toBe('columns');
    await vi.waitFor(() => expect(session.checks?.texts).toBe(3));
    const trained = session.train();
    await vi.waitFor(() => expect(session.training?.state).toBe('running'));
    expect(session.stage).toBe('training');
    expect(session.result).toBeNull();
    await vi.advanceTimersByTimeAsync(400);
    await trained;
    vi.useRealTimers();
    expect(session.stage).toBe('done');
    expect(session.result).toEqual(result);
    expect(calls).toEqual([
      'POST api/tables/t1/checks',
      'POST api/trainings',
      'GET api/trainings/r1',
      'GET api/trainings/r1',
    ]);
  });

  test('learns from labels that were put right, until other columns are chosen', async () => {
    vi.useFakeTimers();
    const bodies: unknown[] = [];
    const told = [CHECKS, state('waiting'), state('done', { result: { kind: 'classes' } }), CHECKS];
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
      if (path === 'api/trainings') bodies.push(JSON.parse(init.body as string));
      return Promise.resolve(new Response(JSON.stringify(told.shift())));
    });
    const session = new Session();
    await session.take(() => Promise.resolve(TABLE));
    await vi.waitFor(() => expect(session.checks?.texts).toBe(3));
    session.correct(2, 'joy', 'grief');
    session.correct(3, 'joy', 'grief');
    session.correct(3, 'joy', 'joy'); // as it was
    expect([...session.corrections]).toEqual([[2, 'grief']]);
    const trained = session.train();
    await vi.advanceTimersByTimeAsync(400);
    await trained;
    vi.useRealTimers();
    expect(bodies).toEqual([
      {
        table: 't1',
        text: 'text',
        label: 'mood',
        kind: 'classes',
        corrections: [{ row: 2, label: 'grief' }],
      },
    ]);
    // the result calls 'grief' what was put right; what the table has takes the correction back
    expect(session.corrected).toBe(false);
    session.correct(2, 'grief', 'joy');
    expect([session.corrections.size, session.corrected]).toEqual([0, true]);
    session.correct(2, 'grief', 'grief');
    expect([...session.corrections]).toEqual([[2, 'grief']]);
    expect(session.corrected).toBe(false);
    session.chooseLabel('stars');
    expect([session.corrections.size, session.corrected]).toEqual([0, false]);
  });

  test('tells why a training failed and goes back to the columns', async () => {
    const error = { problem: 'One class.', remedy: 'Add another.' };
    answers(CHECKS, state('waiting'), state('failed', { error }));
    const session = new Session();
    await session.take(() => Promise.resolve(TABLE));
    await session.train();
    expect(session.stage).toBe('columns');
    expect(session.failure?.problem).toBe('One class.');
  });
});
