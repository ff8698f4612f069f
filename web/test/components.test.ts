import { fireEvent, render, screen } from '@testing-library/svelte';
import { type Component, createRawSnippet, flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../src/api/client';
import Bar from '../src/charts/Bar.svelte';
import HeatMap from '../src/charts/HeatMap.svelte';
import PairTable from '../src/charts/PairTable.svelte';
import Plane from '../src/charts/Plane.svelte';
import Recall from '../src/charts/Recall.svelte';
import Ruler from '../src/charts/Ruler.svelte';
import Headline from '../src/classify/Headline.svelte';
import Announcer from '../src/components/Announcer.svelte';
import FailureNote from '../src/components/FailureNote.svelte';
import List from '../src/components/List.svelte';
import Notice from '../src/components/Notice.svelte';
import Numbers from '../src/components/Numbers.svelte';
import OwnComputer from '../src/components/OwnComputer.svelte';
import Presets from '../src/components/Presets.svelte';
import Score from '../src/components/Score.svelte';
import Term from '../src/components/Term.svelte';
import TextBox from '../src/components/TextBox.svelte';
import ThemeSwitch from '../src/components/ThemeSwitch.svelte';
import TokenPieces from '../src/components/TokenPieces.svelte';
import Tokens from '../src/components/Tokens.svelte';
import Arithmetic from '../src/instruments/Arithmetic.svelte';
import BreakIt from '../src/instruments/BreakIt.svelte';
import BudgetSlider from '../src/instruments/BudgetSlider.svelte';
import type { ClassResults } from '../src/api/types';
import { type Page, createPage } from '../src/state/page';
import { TABLE, settings } from '../src/state/settings.svelte';
import { comparison } from './comparison';
import Provide from './Provide.svelte';

// jsdom has no media queries, and some of what is drawn asks for the scheme
vi.hoisted(() => {
  window.matchMedia = () => Object.assign(new EventTarget(), { matches: false }) as MediaQueryList;
});

beforeEach(() => {
  class Observer {
    observe() {}
    unobserve() {}
    disconnect() {}
  }
  vi.stubGlobal('IntersectionObserver', Observer);
  vi.stubGlobal('ResizeObserver', Observer);
  vi.stubGlobal('CSS', { supports: () => true });
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
});

afterEach(() => {
  for (const [name, { usual }] of Object.entries(TABLE)) Object.assign(settings, { [name]: usual });
});

const TEXTS = ['one cat', 'two cats', 'a tax'];

function makePage(texts: readonly string[] = TEXTS): Page {
  const similarities = texts.map((_, i) => (i === 0 ? 1 : Math.round((0.9 - i * 0.2) * 10) / 10));
  return createPage([], comparison(texts, similarities), () => new Promise(() => {}));
}

function show(of: unknown, props: object = {}, state = makePage()): Page {
  render(Provide, { state, of: of as Component<Record<string, unknown>>, given: { ...props } });
  return state;
}

const result = comparison(TEXTS, [1, 0.7, 0.5]);

describe('a bar', () => {
  test('is as long as its share', () => {
    const { container } = render(Bar, { share: 0.25, from: 0.5 });
    expect(container.querySelector('.fill')?.getAttribute('style')).toBe('left: 50%; width: 25%;');
  });
});

describe('the ruler', () => {
  test('has three hills, two lines and the mark at its place', () => {
    const { container } = render(Ruler, { landmarks: result.landmarks, similarity: 0.4 });
    expect(container.querySelectorAll('path')).toHaveLength(3);
    expect(container.querySelectorAll('.cut')).toHaveLength(2);
    expect(container.querySelector('.mark')?.getAttribute('style')).toMatch(/left: 50/);
  });

  test('draws no line where the encoder does not tell two kinds apart', () => {
    const landmarks = { ...result.landmarks, cuts: [0.2, null] };
    const { container } = render(Ruler, { landmarks, similarity: 0 });
    expect(container.querySelectorAll('.cut')).toHaveLength(1);
  });
});

describe('a score', () => {
  const found = {
    ...result.texts[1]!,
    likeness: 'same meaning',
    similarity: 0.7,
    percentile: 99.8,
    vector: new Float32Array(4),
    isFirst: false,
    isBest: true,
  };
  const props = { landmarks: result.landmarks, isFirst: false, stale: false, explain: () => {} };

  test('says in words what the number means, and claims no decimals', () => {
    render(Score, { ...props, result: found });
    expect(screen.getByText('like two ways of saying one thing')).toBeTruthy();
    expect(screen.getByText('beyond nearly all unrelated pairs')).toBeTruthy();
  });

  test('among strangers says how many are less similar', () => {
    render(Score, { ...props, result: { ...found, likeness: 'strangers', percentile: 73.9 } });
    expect(screen.getByText('closer than 73 % of unrelated pairs')).toBeTruthy();
  });

  test('explains itself when it is asked, and looks stale when it is', async () => {
    const explain = vi.fn();
    const { container } = render(Score, { ...props, result: found, stale: true, explain });
    await fireEvent.click(screen.getByRole('button', { name: 'What 0.700 means' }));
    expect(explain).toHaveBeenCalledOnce();
    expect(container.querySelector('.score')?.classList.contains('stale')).toBe(true);
  });

  test('of the reference is none', () => {
    render(Score, { ...props, result: found, isFirst: true });
    expect(screen.getByText('The others are compared with this one.')).toBeTruthy();
  });
});

describe('a text box', () => {
  test('edits its text, and says which it is', async () => {
    const page = makePage();
    show(TextBox, { box: page.doc.boxes[1]!, index: 1 }, page);
    expect(screen.getByText('most similar')).toBeTruthy();
    await fireEvent.input(screen.getByLabelText('Text 2'), { target: { value: 'three cats' } });
    expect(page.doc.boxes[1]!.text).toBe('three cats');
  });

  test('makes its text the reference', async () => {
    const page = makePage();
    show(TextBox, { box: page.doc.boxes[2]!, index: 2 }, page);
    await fireEvent.click(screen.getByRole('button', { name: 'Make text 3 the reference' }));
    expect(page.doc.boxes.map(({ text }) => text)).toEqual(['a tax', 'one cat', 'two cats']);
  });
});

describe('the list', () => {
  const many = [
    'a cat',
    ...Array.from({ length: 14 }, (_, i) => (i % 2 ? `rain ${i}` : `sun ${i}`)),
  ];

  test('is searched without regard to case', async () => {
    show(List, {}, makePage(many));
    await fireEvent.input(screen.getByLabelText('Search'), { target: { value: 'RAIN' } });
    expect(screen.getAllByRole('listitem')).toHaveLength(7);
    expect(screen.getByRole('status').textContent).toContain('7 texts of 15');
  });

  test('begins with the most similar where that is asked', () => {
    settings.order = 'similar';
    show(List, {}, makePage(many));
    const texts = screen.getAllByRole<HTMLTextAreaElement>('textbox').map(({ value }) => value);
    expect(texts.slice(0, 3)).toEqual(many.slice(0, 3));
    expect(texts).toHaveLength(15);
  });
});

describe('a notice', () => {
  test('stands until it is closed, and takes back what it is about', async () => {
    const page = show(Notice);
    const run = vi.fn();
    page.notices.tell('Done.', { label: 'Undo', run });
    flushSync();
    await fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    expect(run).toHaveBeenCalledOnce();
    expect(screen.queryByText('Done.')).toBeNull();
  });
});

describe('a failure', () => {
  test('says what was wrong and what to do, and tries again', async () => {
    const again = vi.fn();
    render(FailureNote, { failure: new Failure('It broke.', 'Mend it.', 'x'), again });
    expect(screen.getByRole('alert').textContent).toMatch(/It broke\.\s*Mend it\./);
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(again).toHaveBeenCalledOnce();
  });
});

describe('tokens', () => {
  const found = {
    ...result.texts[0]!,
    tokens: 5,
    vector: new Float32Array(4),
    isFirst: true,
    isBest: false,
  };

  test('are bytes to a checksum', () => {
    const given = { most: 0, encoder: 'hash', unit: 'byte' as const, show: () => {}, shown: false };
    render(Tokens, { result: found, ...given });
    expect(screen.getByText('5 bytes')).toBeTruthy();
  });

  test('that the encoder does not know are counted', () => {
    const given = { most: 9, encoder: 'm', unit: 'token' as const, show: () => {}, shown: false };
    const { rerender } = render(Tokens, { result: { ...found, unknown: 3 }, ...given });
    expect(screen.getByRole('button').textContent).toMatch(/5 of 9 tokens\s+3 not known/);
    void rerender({ result: found, ...given });
    flushSync();
    expect(screen.getByRole('button').textContent).not.toContain('known');
  });

  test('are pieces of the text, special ones among them', () => {
    render(TokenPieces, {
      text: '🐈 wuold.',
      tokens: [
        [0, 0],
        [0, 1],
        [2, 4],
        [4, 7],
        [7, 8],
        [0, 0],
      ],
    });
    const pieces = [...screen.getByLabelText('Tokens of the text').children];
    expect(pieces.map((piece) => piece.textContent)).toEqual([
      'start',
      '🐈',
      'wu',
      '##old',
      '.', // a token of its own, and no piece of the word
      'end',
    ]);
  });
});

describe('the picture', () => {
  const points = TEXTS.map((text, i) => ({
    id: 10 + i,
    number: i + 1,
    text,
    at: [i, i % 2],
    nearest: null,
    isFirst: i === 0,
    isBest: i === 1,
  }));

  test('gives a chosen point away, by click and by key', async () => {
    const choose = vi.fn();
    render(Plane, { points, choose });
    const all = screen.getAllByRole('button');
    expect(all.map((point) => point.getAttribute('tabindex'))).toEqual(['0', '-1', '-1']);
    await fireEvent.click(all[1]!);
    await fireEvent.keyDown(all[0]!, { key: 'ArrowRight' });
    await fireEvent.keyDown(all[1]!, { key: 'Enter' });
    expect(choose.mock.calls).toEqual([[11], [11]]);
  });

  test('is but looked at where nothing can be chosen', () => {
    render(Plane, { points, axes: ['a', 'b'] });
    expect(screen.queryAllByRole('button')).toEqual([]);
    expect(screen.getByRole('img')).toBeTruthy();
  });
});

describe('all pairs', () => {
  const rows = TEXTS.map((text, i) => ({ id: i, number: i + 1, text }));
  const values = [
    [1, 0.5, 0.25],
    [0.5, 1, -0.125],
    [0.25, -0.125, 1],
  ];

  test('are a table with names', () => {
    render(PairTable, { rows, values });
    expect(screen.getAllByRole('row')).toHaveLength(4);
    expect(screen.getByRole('rowheader', { name: /one cat/ })).toBeTruthy();
  });

  test('are a map whose cells name both texts', async () => {
    render(HeatMap, { rows, values });
    const map = screen.getByRole('slider');
    await fireEvent.keyDown(map, { key: 'End' });
    await fireEvent.keyDown(map, { key: 'ArrowLeft' });
    expect(map.getAttribute('aria-valuetext')).toBe('\u22120.125: 3 “a tax” and 2 “two cats”');
  });
});

describe('a term', () => {
  test('carries its explanation', () => {
    const { container } = render(Term, {
      name: 'log-loss',
      children: createRawSnippet(() => ({ render: () => '<i>it</i>' })),
    });
    expect(container.querySelector('[popover]')?.textContent).toContain('How much probability');
  });
});

describe('the quiz', () => {
  test('asks before it shows', async () => {
    const page = show(Presets);
    await fireEvent.click(screen.getByRole('button', { name: 'Negation' }));
    expect(screen.getByText('Choose before you see what the encoder says.')).toBeTruthy();
    expect(page.doc.boxes.map(({ text }) => text)).toEqual(TEXTS);
    await fireEvent.click(screen.getByRole('button', { name: 'The film was long.' }));
    expect(page.doc.boxes[0]!.text).toBe('The film was good.');
  });
});

describe('a figure with texts of its own', () => {
  test('leaves those of the reader alone, and shows them when it is asked', async () => {
    const page = show(Arithmetic);
    const line = screen.getByLabelText<HTMLInputElement>('Text 4 of the sum');
    await fireEvent.input(line, { target: { value: 'A queen.' } });
    expect(settings.sum?.texts[3]).toBe('A queen.');
    expect(page.doc.boxes.map(({ text }) => text)).toEqual(TEXTS);
    await fireEvent.click(screen.getByLabelText('my texts'));
    expect(screen.getByText('two cats')).toBeTruthy();
  });
});

describe('a budget', () => {
  test('counts bytes', async () => {
    show(BudgetSlider);
    expect(screen.getByText('32 bytes')).toBeTruthy();
    await fireEvent.click(screen.getByLabelText('8 bits'));
    expect(screen.getByText('8 bytes')).toBeTruthy();
  });
});

describe('the headline of a training', () => {
  const entries = [
    { name: 'always the most frequent label', accuracy: 0.25 },
    { name: 'nearest label words', accuracy: 0.574 },
  ];
  const estimate = { texts: 320, accuracy: 0.703, design: 'in five rounds' };
  const trained = { model: 'embeddings', texts: 320, estimate, leaderboard: { entries } };

  test('is one sentence of three numbers', () => {
    const { container } = render(Headline, { result: trained as unknown as ClassResults });
    const said = container.querySelector('.right')!.textContent!.replace(/\s+/g, ' ').trim();
    expect(said).toBe('Right 70 of 100 times; guessing gets 25, the nearest word 57.');
  });

  test('claims nothing where there were too few texts', () => {
    const few = { ...trained, texts: 4, estimate: null, leaderboard: null };
    const { container } = render(Headline, { result: few as unknown as ClassResults });
    expect(container.textContent).toContain('too few to say how good it is');
  });
});

test('what is announced is so once typing rests, and never while an answer is on its way', async () => {
  vi.useFakeTimers();
  try {
    const { rerender } = render(Announcer, { says: 'one', ready: true });
    const said = () => (flushSync(), screen.getByRole('status').textContent);
    vi.advanceTimersByTime(1400);
    await fireEvent.input(document.body);
    vi.advanceTimersByTime(1400);
    expect(said()).toBe('');
    await rerender({ says: 'two', ready: false }); // the next text was asked for
    vi.advanceTimersByTime(60_000);
    expect(said()).toBe('');
    await rerender({ says: 'three', ready: true });
    vi.advanceTimersByTime(1400);
    await fireEvent.keyDown(document.body, { key: 'a' });
    vi.advanceTimersByTime(1400);
    expect(said()).toBe('');
    vi.advanceTimersByTime(200);
    expect(said()).toBe('three');
  } finally {
    vi.useRealTimers();
  }
});

test('the page follows the system again once its scheme is chosen', async () => {
  render(ThemeSwitch);
  const theme = () => document.documentElement.dataset['theme'];
  await fireEvent.click(screen.getByRole('button', { name: 'Use the dark theme' }));
  expect([theme(), sessionStorage.getItem('likewise-theme')]).toEqual(['dark', 'dark']);
  await fireEvent.click(screen.getByRole('button', { name: 'Use the light theme' }));
  expect([theme(), sessionStorage.getItem('likewise-theme')]).toEqual([undefined, null]);
});

test.each([
  ['training', 'Training is off on this server.', 'likewise train table.csv'],
  ['collections', 'are its operator’s.', 'likewise add FILE'],
] as const)('where %s are closed, one’s own computer is named', (what, closed, command) => {
  const { container } = render(OwnComputer, { what });
  expect(container.textContent).toContain(closed);
  expect(container.textContent).toContain(command);
});

test.each([
  [0.53, ['32 or 8 bits', '1 bit']],
  [1, ['32, 8 or 1 bit']], // a checksum's numbers are signs alone
])('lines that end in one place have one name: %d', (bit, names) => {
  const recall = { float32: [0.1, 1], int8: [0.1, 1], bit: [0.1, bit] };
  const sizes = { sentences: 420, neighbours: 10, dims: [8, 256], recall };
  const { container } = render(Recall, { sizes, budget: { dims: 256, precision: 'bit' } });
  const texts = [...container.querySelectorAll('text')].map((it) => it.textContent.trim());
  expect(texts.filter((it) => it.endsWith('bit') || it.endsWith('bits'))).toEqual(names);
});

test.each([
  [
    [1, 2, 0],
    ['1.000', '2.000', '3.000'],
  ],
  [
    [3, 2, 1, 0],
    ['3.000', '1.000', '2.000'],
  ], // of another encoder, whose first answer is awaited
  [null, ['3.000', '1.000', '2.000']],
])('a text’s numbers stand in the order %j', (order, said) => {
  const { container } = render(Numbers, { vector: new Float32Array([3, 1, 2]), order });
  expect([...container.querySelectorAll('span')].map((it) => it.textContent)).toEqual(said);
});

test('the game’s sentence stays one line, whatever is pasted', async () => {
  show(BreakIt);
  const mine = screen.getByLabelText<HTMLTextAreaElement>('Your version');
  await fireEvent.input(mine, { target: { value: 'two\nlines' } });
  expect(mine.value).toBe('two lines');
  expect(settings.game?.[1]).toBe('two lines');
});
