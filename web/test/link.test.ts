import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PALETTE_NAMES } from '../src/charts/palette';
import { type Packed, fromFragment, toFragment } from '../src/keep/link';
import { SORTING, SUM } from '../src/state/examples';
import { createPage } from '../src/state/page';
import { PRESETS } from '../src/state/presets';
import { type Name, ORDERS, TABLE, createSettings } from '../src/state/settings.svelte';
import { showShared, takeShared, toShared } from '../src/state/shared';
import { PRECISIONS } from '../src/vectors/budget';
import { comparison } from './comparison';

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

/** A state in the form of a link: settings that are as usual are left out. */
function anyPacked(seed: number): Packed {
  const next = chance(seed);
  const below = (n: number) => Math.floor(next() * n);
  const one = <T>(of: readonly T[]): T => of[below(of.length)]!;
  const text = () => Array.from({ length: below(9) }, () => one(PIECES)).join('');
  const texts = Array.from({ length: 2 + below(20) }, text);
  const place = () => (next() < 0.4 ? null : below(texts.length));
  const some = () => texts.flatMap((_, i) => (next() < 0.3 ? [i] : []));
  const plus = some();
  const all: Record<string, unknown> = {
    c: some(),
    x: [place(), place()],
    p: [text(), text()],
    w: one([null, [], ['prefix']]),
    l: [place(), place()],
    a: plus,
    s: some().filter((at) => !plus.includes(at)),
    y: one([null, true, false]),
    z: one([null, true, false]),
    i: one([null, [SUM.texts.map(text), { plus: [1], minus: [] }]]),
    j: one([null, [SORTING.texts.map(text), { concepts: [0, 2], axes: [2, 0] }]]),
    r: one([null, 'The cat is out.']),
    o: one([null, 'sha256', 'x/y']),
    n: one([0, 1, 0.25, 0.3333]),
    b: one(PRECISIONS),
    k: one(PALETTE_NAMES),
    G: one([null, [2, 'The bank owes nothing.']]),
    Q: one([{}, { Typos: true, Style: false }]),
    u: one([null, true, false]),
    M: one(ORDERS),
    h: next() < 0.5,
    d: next() < 0.5,
    g: next() < 0.5,
    f: next() < 0.5,
    q: one([null, ['Negation', null, 'minilm'], ['Typos', 2, 'sha256']]),
  };
  const untouched: Record<string, unknown> = {
    c: [],
    x: [null, null],
    p: ['', ''],
    l: [null, null],
    a: [],
    s: [],
    n: 1,
    b: 'float32',
    k: 'blue–orange',
    Q: {},
    M: 'entered',
    h: true,
    d: true,
    g: false,
    f: false,
  };
  const told = Object.entries(all).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(untouched[key] ?? null),
  );
  return {
    v: 1,
    e: one(['minilm', 'sha256', '/models/own', 'BAAI/bge-small-en-v1.5']),
    t: texts,
    ...Object.fromEntries(told),
  };
}

function page() {
  const opening = comparison(['one', 'two', 'three'], [1, 0.5, 0.7]);
  return createPage([], opening, () => new Promise(() => {}));
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
      const packed = anyPacked(seed);
      const fragment = (await toFragment(packed))!;
      expect(fragment).toMatch(/^#s=[\w-]+$/);
      expect(await fromFragment(fragment), `seed ${seed}`).toEqual(packed);
    }
  });

  test('is compressed', async () => {
    const t = Array.from({ length: 100 }, (_, i) => `This is sentence number ${i}.`);
    expect((await toFragment({ v: 1, e: 'minilm', t }))!.length).toBeLessThan(900);
  });

  test('that is damaged or of another kind holds nothing', async () => {
    const fragment = (await toFragment(anyPacked(3)))!;
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

  test.each([
    ['one text', ['word '.repeat(520_000)]],
    ['one word', ['a'.repeat(2_600_000)]],
    ['many texts', Array.from({ length: 3_000 }, () => 'a'.repeat(200))],
  ])('of a few kB holds up no page: %s', async (_, t) => {
    const packed: Packed = { v: 1, e: 'minilm', t };
    expect(fold(packed).length).toBeLessThan(8_000);
    expect(await fromFragment(fold(packed))).toBeNull();
    expect(await toFragment(packed)).toBeNull();
  });

  test('takes a hundred long texts', async () => {
    const packed: Packed = {
      v: 1,
      e: 'minilm',
      t: Array.from({ length: 100 }, () => 'é'.repeat(1_400)),
    };
    expect(await fromFragment((await toFragment(packed))!)).toEqual(packed);
  });
});

describe('the state', () => {
  test('of a page that nobody touched is its texts and encoder', async () => {
    const shared = toShared(page(), createSettings());
    expect(shared).toEqual({ v: 1, e: 'minilm', t: ['one', 'two', 'three'] });
    expect(unfold((await toFragment(shared))!)).toEqual(shared);
  });

  test('that one page gives is the state of the other', () => {
    for (const seed of SEEDS) {
      const packed = anyPacked(seed);
      for (const take of [takeShared, showShared]) {
        const [other, settings] = [page(), createSettings()];
        take(other, packed, settings);
        expect(toShared(other, settings), `seed ${seed}`).toEqual(packed);
      }
    }
  });

  test('of links of before still opens', () => {
    const [other, settings] = [page(), createSettings()];
    const old = { v: 1, e: 'sha256', t: ['a', 'b', 'c'], c: [2], a: [1], m: 'minilm' } as const;
    takeShared(other, { ...old, p: ['', 'passage: '], l: [1, null], w: ['words'] }, settings);
    expect(other.results.encoder).toBe('sha256');
    const [, b, c] = other.doc.boxes;
    expect([...settings.concepts]).toEqual([c!.id]);
    expect([...settings.plus]).toEqual([b!.id]);
    expect(settings.pair).toEqual([b!.id, null]);
    expect(settings.prefixes).toEqual(['', 'passage: ']);
  });

  test('forgets what the page before was set to', () => {
    const [other, settings] = [page(), createSettings()];
    settings.sorted = false;
    settings.share = 0.5;
    takeShared(other, { v: 1, e: 'minilm', t: ['a', 'b'], zz: { a: 1 } }, settings);
    expect(toShared(other, settings)).toEqual({ v: 1, e: 'minilm', t: ['a', 'b'] });
  });

  const BAD: Record<Name, readonly unknown[]> = {
    concepts: [7, 'x', { 0: 0 }, [-1, 3, 1.5, '0', null]],
    axes: [7, 'ab', [9, -1], ['0', {}]],
    prefixes: [7, 'ab', [1, 2], ['a'], [null, 'a']],
    prefixOpen: [7, 'prefix', { prefix: true }],
    pair: [7, 'ab', [9, -1], [true, []]],
    plus: [7, [2.5, 'a']],
    minus: [{}, [99]],
    sumMine: [0, 'yes'],
    sortingMine: [[], {}],
    sum: [7, [['a']], [SUM.texts.map(() => 7), {}], 'x'],
    sorting: [null, [[], {}], {}],
    walk: [7, [['a'], {}], 'x'],
    walked: [-1, 2, 'half', null],
    trap: [7, ['a']],
    beside: [7, ['minilm'], true],
    share: [-1, 2, '0.5', null, [0.5]],
    precision: ['float64', 8, 'toString', null],
    palette: ['pink', '__proto__', 0],
    game: [7, [99, 'a'], ['0', 'a'], [0, 7], {}],
    guesses: [7, [true], 'x', null],
    list: [0, 'list', {}],
    order: ['random', 0, null],
    ramp: [0, 'no'],
    sorted: [0, 'false', null],
    together: [1, 'true'],
    table: [1, [true]],
    question: [7, 'Negation', [1, 2], [], ['Negation', 1], ['Negation', 1, 7]],
  };

  test.each(Object.entries(BAD))('falls back in silence: %s', (name, values) => {
    for (const value of values) {
      const [other, settings] = [page(), createSettings()];
      const { key, usual } = TABLE[name as Name];
      takeShared(other, { v: 1, e: 'minilm', t: ['a', 'b', 'c'], [key]: value }, settings);
      expect(settings[name as Name], JSON.stringify(value)).toEqual(usual);
    }
  });

  test('names each setting by a key of its own', () => {
    const keys = Object.values(TABLE).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const taken of ['v', 'e', 't', 'm']) expect(keys).not.toContain(taken);
  });

  test('never holds a question that the page does not have', () => {
    const asked = (q: unknown) => {
      const settings = createSettings();
      takeShared(page(), { v: 1, e: 'minilm', t: ['a', 'b'], q }, settings);
      const { question } = settings;
      return question && [question.preset.name, question.predicted, question.encoder];
    };
    expect(asked(['Nonsense', 1, 'minilm'])).toBeNull();
    expect(asked(['Typos', 99, 'minilm'])).toEqual(['Typos', null, 'minilm']);
    expect(asked(['Typos', 0, 'minilm'])).toEqual(['Typos', null, 'minilm']);
    expect(asked(['Typos', 1, 'minilm'])).toEqual(['Typos', 1, 'minilm']);
    expect(PRESETS.map(({ name }) => name)).toContain('Typos');
  });
});
