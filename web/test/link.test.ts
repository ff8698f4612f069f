import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { PALETTE_NAMES } from '../src/charts/palette';
import {
  type Panel,
  type Settings,
  type Shared,
  UNTOUCHED,
  fromFragment,
  toFragment,
} from '../src/keep/link';
import { Bench } from '../src/state/bench.svelte';
import { looks } from '../src/state/looks.svelte';
import { PRESETS } from '../src/state/presets';
import { takeShared, toShared } from '../src/state/shared';
import { PRECISIONS } from '../src/vectors/budget';
import { comparison } from './comparison';

// jsdom has no media queries, and the palette asks for the scheme
vi.hoisted(() => {
  window.matchMedia = () => Object.assign(new EventTarget(), { matches: false }) as MediaQueryList;
});

/** Numbers of 0…1 that are the same in every run (mulberry32). */
function chance(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const PIECES = ['a', ' ', '', '\n', '"', '\\', '</script>', '🐈', 'é', '\u0000', '\ud800', '猫'];

function anyShared(seed: number): Shared {
  const next = chance(seed);
  const below = (n: number) => Math.floor(next() * n);
  const one = <T>(of: readonly T[]): T => of[below(of.length)]!;
  const text = () => Array.from({ length: below(9) }, () => one(PIECES)).join('');
  const texts = Array.from({ length: 2 + below(20) }, text);
  const place = () => (next() < 0.4 ? null : below(texts.length));
  const some = () => texts.flatMap((_, i) => (next() < 0.3 ? [i] : []));
  const plus = some();
  const open: Panel[] = (['prefix', 'words'] as const).filter(() => next() < 0.5);
  return {
    encoder: one(['minilm', 'sha256', '/models/own', 'BAAI/bge-small-en-v1.5']),
    texts,
    concepts: some(),
    axes: [place(), place()],
    prefixes: [text(), text()],
    pair: [place(), place()],
    plus,
    minus: some().filter((at) => !plus.includes(at)),
    beside: one([null, 'sha256', 'x/y']),
    share: one([0, 1, 0.25, 0.3333]),
    precision: one(PRECISIONS),
    palette: one(PALETTE_NAMES),
    sorted: next() < 0.5,
    together: next() < 0.5,
    table: next() < 0.5,
    question: one([null, ['Negation', null, 'minilm'], ['Typos', 2, 'sha256']]),
    measured: one([null, 'minilm']),
    open,
  };
}

function unfold(fragment: string): Record<string, unknown> {
  return JSON.parse(inflateRawSync(Buffer.from(fragment.slice(3), 'base64url')).toString());
}

function fold(found: unknown): string {
  return `#s=${deflateRawSync(JSON.stringify(found)).toString('base64url')}`;
}

const SEEDS = Array.from({ length: 200 }, (_, i) => i);

describe('a link', () => {
  test('carries any state there and back', async () => {
    for (const seed of SEEDS) {
      const shared = anyShared(seed);
      const fragment = await toFragment(shared);
      expect(fragment).toMatch(/^#s=[\w-]+$/);
      expect(await fromFragment(fragment), `seed ${seed}`).toEqual(shared);
    }
  });

  test('leaves out what nobody touched', async () => {
    const fragment = await toFragment({ encoder: 'minilm', texts: ['a', 'b'], ...UNTOUCHED });
    expect(unfold(fragment)).toEqual({ v: 1, e: 'minilm', t: ['a', 'b'] });
  });

  test('is compressed', async () => {
    const texts = Array.from({ length: 100 }, (_, i) => `This is sentence number ${i}.`);
    const fragment = await toFragment({ encoder: 'minilm', texts, ...UNTOUCHED });
    expect(fragment.length).toBeLessThan(900);
  });

  test('of before still opens', async () => {
    const old = {
      v: 1,
      e: 'sha256',
      t: ['a', 'b', 'c'],
      c: [2],
      p: ['', 'passage: '],
      l: [1, null],
    };
    expect(await fromFragment(fold(old))).toEqual({
      ...UNTOUCHED,
      encoder: 'sha256',
      texts: ['a', 'b', 'c'],
      concepts: [2],
      prefixes: ['', 'passage: '],
      pair: [1, null],
      open: ['prefix'],
    });
  });

  test('of later opens without what is not known here', async () => {
    const later = { v: 1, e: 'minilm', t: ['a', 'b'], zz: { a: 1 }, w: ['words', 'holograms'] };
    expect(await fromFragment(fold(later))).toEqual({
      ...UNTOUCHED,
      encoder: 'minilm',
      texts: ['a', 'b'],
      open: ['words'],
    });
  });

  const BAD: Record<keyof Settings, readonly [string, readonly unknown[]]> = {
    concepts: ['c', [7, 'x', { 0: 0 }, [-1, 3, 1.5, '0', null]]],
    axes: ['x', [7, 'ab', [9, -1], ['0', {}]]],
    prefixes: ['p', [7, 'ab', [1, 2], ['a'], [null, 'a']]],
    pair: ['l', [7, 'ab', [9, -1], [true, []]]],
    plus: ['a', [7, [2.5, 'a']]],
    minus: ['s', [{}, [99]]],
    beside: ['o', [7, ['minilm'], true]],
    share: ['n', [-1, 2, '0.5', null, [0.5]]],
    precision: ['b', ['float64', 8, 'toString', null]],
    palette: ['k', ['pink', '__proto__', 0]],
    sorted: ['d', [0, 'false', null]],
    together: ['g', [1, 'true']],
    table: ['f', [1, [true]]],
    question: ['q', [7, 'Negation', [1, 2], [], ['Negation', 1], ['Negation', 1, 7]]],
    measured: ['m', [7, {}, ['minilm']]],
    open: ['w', [7, 'words', [['words']], { words: true }]],
  };

  test.each(Object.entries(BAD))('falls back in silence: %s', async (field, [letter, values]) => {
    for (const value of values) {
      const found = await fromFragment(
        fold({ v: 1, e: 'minilm', t: ['a', 'b', 'c'], [letter]: value }),
      );
      expect(found?.[field as keyof Settings], JSON.stringify(value)).toEqual(
        UNTOUCHED[field as keyof Settings],
      );
    }
  });

  test('that is damaged or of another kind holds nothing', async () => {
    const fragment = await toFragment(anyShared(3));
    const bad = ['', '#numbers', '#s=', '#s=%%%', fragment.slice(0, -6), '#s=AAAA'];
    const wrong = [null, [], 7, 'a', {}, { v: 2, e: 'minilm', t: [] }, { v: 1, e: 7, t: [] }];
    const texts = [
      { v: 1, e: 'minilm', t: 'ab' },
      { v: 1, e: 'minilm', t: ['a', 7] },
    ];
    for (const each of [...bad, ...wrong.map(fold), ...texts.map(fold)]) {
      expect(await fromFragment(each), each).toBeNull();
    }
  });

  test('that unfolds without end is given up', async () => {
    const flood = fold({ v: 1, e: 'minilm', t: ['a'.repeat(20_000_000)] });
    expect(flood.length).toBeLessThan(40_000);
    expect(await fromFragment(flood)).toBeNull();
  });
});

describe('the state', () => {
  const bench = () =>
    new Bench([], comparison(['one', 'two', 'three'], [1, 0.5, 0.7]), () => new Promise(() => {}));

  test('of a page that nobody touched is the default', () => {
    expect(toShared(bench())).toEqual({
      ...UNTOUCHED,
      encoder: 'minilm',
      texts: ['one', 'two', 'three'],
    });
  });

  test('that one page gives is the state of the other', () => {
    for (const seed of SEEDS) {
      const shared = anyShared(seed);
      const other = bench();
      takeShared(other, shared);
      // what the server has to answer first is asked for, not there yet
      expect(other.views.wanted).toEqual({
        words: shared.open.includes('words'),
        measured: shared.measured,
      });
      expect(toShared(other), `seed ${seed}`).toEqual({
        ...shared,
        measured: null,
        open: shared.open.filter((panel) => panel !== 'words'),
      });
    }
    looks.palette = UNTOUCHED.palette;
  });

  test('never holds a question that the page does not have', () => {
    const other = bench();
    for (const [question, expected] of [
      [['Nonsense', 1, 'minilm'], null],
      [
        ['Typos', 99, 'minilm'],
        ['Typos', null, 'minilm'],
      ],
      [
        ['Typos', 0, 'minilm'],
        ['Typos', null, 'minilm'],
      ],
      [
        ['Typos', 1, 'minilm'],
        ['Typos', 1, 'minilm'],
      ],
    ] as const) {
      takeShared(other, { ...toShared(other), question });
      expect(toShared(other).question).toEqual(expected);
    }
    expect(PRESETS.map(({ name }) => name)).toContain('Typos');
  });
});
