import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as api from '../src/explore/api';
import Budget from '../src/explore/Budget.svelte';
import Choose from '../src/explore/Choose.svelte';
import Compare from '../src/explore/Compare.svelte';
import Conditions from '../src/explore/Conditions.svelte';
import Duplicates from '../src/explore/Duplicates.svelte';
import Explore from '../src/explore/Explore.svelte';
import { Explorer } from '../src/explore/explorer.svelte';
import Selection from '../src/explore/Selection.svelte';
import { Search } from '../src/explore/search.svelte';
import Texts from '../src/explore/Texts.svelte';

// jsdom has no media queries, and the page asks for the scheme
vi.hoisted(() => {
  window.matchMedia = () => Object.assign(new EventTarget(), { matches: false }) as MediaQueryList;
});

const COUNT = 100_000;
const ENCODER = { name: 'minilm', digest: 'a' };

/** What the server answers, by the end of a path; each question that was asked is kept. */
let answers: Record<string, (body: { rows: number[] }) => unknown>;
let asked: string[];

beforeEach(() => {
  asked = [];
  answers = {
    '/rows': ({ rows }) => ({
      rows: rows.map((row) => ({ row, id: `${row}`, text: `text ${row}`, columns: { year: row } })),
    }),
  };
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push(path);
    const [, answer] = Object.entries(answers).find(([end]) => path.endsWith(end))!;
    const found = answer(JSON.parse(typeof init.body === 'string' ? init.body : '{}'));
    return new Response(found instanceof Uint8Array ? (found as BlobPart) : JSON.stringify(found));
  });
  class Still {
    observe() {}
    unobserve() {}
    disconnect() {}
  }
  class Seen extends Still {
    constructor(readonly seen: (entries: object[]) => void) {
      super();
    }
    override observe() {
      this.seen([{ isIntersecting: true }]);
    }
  }
  vi.stubGlobal('IntersectionObserver', Seen);
  vi.stubGlobal('ResizeObserver', Still);
  history.replaceState(null, '', '#');
});

afterEach(() => vi.useRealTimers());

function base64(array: Int32Array | Float32Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(array.buffer)));
}

function opened(count = COUNT): Explorer {
  const explorer = new Explorer();
  explorer.collection = {
    name: 'notes',
    count,
    columns: [{ name: 'year', kind: 'number' }],
    encoder: ENCODER,
    generation: 1,
    layouts: [],
  } as never;
  explorer.search = new Search('notes');
  return explorer;
}

const goTo = () => {};

test('a table of 100,000 rows has few of them in the page, and says where they stand', async () => {
  render(Texts, { explorer: opened(), goTo });
  const grid = screen.getByRole('grid');
  expect(grid.getAttribute('aria-rowcount')).toBe('100001');
  await waitFor(() => expect(grid.textContent).toContain('text 0'));
  expect(within(grid).getAllByRole('row').length).toBeLessThan(60);
  grid.focus();
  await fireEvent.keyDown(grid, { key: 'ArrowDown' });
  const active = () => document.getElementById(grid.getAttribute('aria-activedescendant')!)!;
  expect(active().getAttribute('aria-rowindex')).toBe('3');
  await fireEvent.keyDown(grid, { key: 'Home' });
  expect(active().getAttribute('aria-rowindex')).toBe('2');
});

test('a table is sorted by a column, up, down, and no more', async () => {
  const order = Int32Array.of(2, 0, 1);
  answers['down=false'] = () => ({ rows: base64(order), count: 3 });
  answers['down=true'] = () => ({ rows: base64(order.slice().reverse()), count: 3 });
  const explorer = opened(3);
  render(Texts, { explorer, goTo });
  const rows = () =>
    screen
      .getAllByRole('row')
      .slice(1)
      .map((row) => row.textContent!.match(/text (\d)/)?.[1])
      .join('');
  const head = screen.getByRole('columnheader', { name: /year/ });
  const turn = () => fireEvent.click(within(head).getByRole('button'));
  await waitFor(() => expect(rows()).toBe('012'));
  await turn();
  await waitFor(() => expect(rows()).toBe('201'));
  expect(head.getAttribute('aria-sort')).toBe('ascending');
  await turn();
  await waitFor(() => expect(rows()).toBe('102'));
  expect(head.getAttribute('aria-sort')).toBe('descending');
  await turn();
  await waitFor(() => expect(rows()).toBe('012'));
  expect(head.getAttribute('aria-sort')).toBe('none');
  explorer.selected = Int32Array.of(1, 2);
  explorer.look({ order: '+year' });
  await waitFor(() => expect(rows()).toBe('21'));
  expect(screen.getByRole('heading').textContent).toBe('2 texts selected');
});

test('a query puts the most similar first, and its similarity beside each', async () => {
  answers['/similarities'] = () => ({ values: base64(Float32Array.of(0.25, 0.75, -0.5)) });
  const explorer = opened(3);
  explorer.view = { ...explorer.view, query: 'cats' };
  render(Texts, { explorer, goTo });
  await waitFor(() =>
    expect(
      screen
        .getAllByRole('row')
        .slice(1)
        .map((row) => within(row).getAllByRole('gridcell')[0]!.textContent!.trim()),
    ).toEqual(['0.750', '0.250', '−0.500']),
  );
});

test('a selection is counted with the filter, and nothing can be done with none', async () => {
  const explorer = opened();
  render(Selection, { explorer });
  expect(screen.queryByLabelText('The selection')).toBe(null);
  explorer.selected = Int32Array.of(1, 2, 3);
  explorer.search!.passing = Int32Array.of(2, 3, 4);
  flushSync();
  expect(screen.getByRole('status').textContent).toContain('2 texts');
  explorer.search!.passing = new Int32Array();
  flushSync();
  expect(screen.getByRole('status').textContent).toContain('0 texts');
  expect(screen.queryByText('Download csv')).toBe(null);
  await fireEvent.click(screen.getByText('Clear the selection'));
  expect(explorer.selected).toBe(null);
});

test('a condition is added to those that are there', async () => {
  const change = vi.fn();
  const columns = [{ name: 'year', kind: 'number' }];
  render(Conditions, { columns, filter: 'lang = "en"', change });
  const add = screen.getByText('Add it') as HTMLButtonElement;
  await fireEvent.input(screen.getByLabelText('Value'), { target: { value: 'soon' } });
  expect(add.disabled).toBe(true);
  await fireEvent.input(screen.getByLabelText('Value'), { target: { value: '2020' } });
  await fireEvent.change(screen.getByLabelText('Comparison'), { target: { value: '>=' } });
  await fireEvent.click(add);
  expect(change).toHaveBeenLastCalledWith('lang = "en" and year >= 2020');
  await fireEvent.click(screen.getByText('Clear the conditions'));
  expect(change).toHaveBeenLastCalledWith('');
});

test('what is there twice can be selected to go, and the rest to stay', async () => {
  const one = { id: 'b', text: 'two', similarity: 1, exact: true, row: 1 };
  answers['/duplicates?percentile=99.99'] = () => ({
    groups: [{ row: 0, id: 'a', text: 'one', duplicates: [one] }],
    found: 1,
    duplicates: 1,
    cosine: 0.9,
    searched: 3,
  });
  Object.assign(answers, { '/duplicates': () => DONE, 'jobs/j': () => DONE });
  const explorer = opened(3);
  render(Duplicates, { explorer, goTo });
  document.querySelector('details')!.open = true;
  await fireEvent(document.querySelector('details')!, new Event('toggle'));
  await fireEvent.click(await screen.findByText('Select what can go'));
  expect([...explorer.selected!]).toEqual([1]);
  await fireEvent.click(screen.getByText('Select what to keep'));
  expect([...explorer.selected!]).toEqual([0, 2]);
});

test('a collection that has changed is not mistaken for the one that is looked at', async () => {
  const heads: (string | null)[] = [];
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    heads.push(new Headers(init.headers).get('if-match'));
    return new Response(JSON.stringify({ generation: 7, rows: [] }));
  });
  await api.get('changing');
  await api.rows('changing', [1]);
  await api.order('changing', 'year', false).catch(() => {});
  await api.get('changing');
  expect(heads).toEqual([null, '7', '7', null]);
});

const DONE = { id: 'j', state: 'done', what: '', done: 1, total: 1, seconds: 1, notes: [] };

test('a comparison shows both lists of neighbours, and colours the map', async () => {
  const near = (row: number, shared: boolean) => ({
    row,
    id: `${row}`,
    text: `near ${row}`,
    columns: {},
    similarity: 0.5,
    percentile: null,
    shared,
  });
  Object.assign(answers, {
    'api/encoders': () => ({ encoders: [{ name: 'minilm' }, { name: 'sha256' }] }),
    'api/collections': () => ({ collections: [] }),
    '/comparisons': () => DONE,
    'jobs/j': () => DONE,
    'overlaps?encoder=sha256': () => new Uint8Array(Float32Array.of(0, 1, 0.5).buffer),
    'comparisons?encoder=sha256': () => ({
      encoders: [ENCODER, { name: 'sha256' }],
      k: 2,
      texts: 3,
      asked: 3,
      overlap: 0.25,
      interval: [0.2, 0.3],
      counts: [],
      disagreements: [
        {
          text: { row: 0, id: '0', text: 'odd one', columns: {} },
          overlap: 0,
          neighbours: [[near(1, true)], [near(1, true), near(2, false)]],
        },
      ],
    }),
  });
  const explorer = opened(3);
  const went = vi.fn();
  render(Compare, { explorer, goTo: went });
  document.querySelector('details')!.open = true;
  await fireEvent(document.querySelector('details')!, new Event('toggle'));
  await fireEvent.click(await screen.findByRole('button', { name: 'Compare' }));
  expect((await screen.findByRole('status')).textContent).toMatch(/25 %\s+are the same/);
  expect(screen.getAllByText(/near 1/)).toHaveLength(2);
  expect(screen.getByText(/near 2/).classList.contains('shared')).toBe(false);
  await fireEvent.click(screen.getByText('odd one'));
  expect(went).toHaveBeenCalledWith(0);
  await fireEvent.click(screen.getByText('Colour the map by it'));
  await waitFor(() => expect([...explorer.measured!.values]).toEqual([0, 1, 0.5]));
  expect(explorer.view.colour).toBe('measured');
});

test('a budget says bytes and what is found still, and why it failed', async () => {
  const row = (form: string, bytes: number, recall: number) => ({
    dims: 384,
    form,
    bytes,
    recall,
    interval: [recall, recall],
    rescored: 1,
  });
  answers['/budget'] = () => ({
    ...DONE,
    state: 'failed',
    error: { problem: 'No.', remedy: 'Go.' },
  });
  answers['jobs/j'] = () => ({
    ...DONE,
    state: 'failed',
    error: { problem: 'No.', remedy: 'Go.' },
  });
  render(Budget, { explorer: opened(3) });
  document.querySelector('details')!.open = true;
  await fireEvent(document.querySelector('details')!, new Event('toggle'));
  await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('No. Go.'));
  answers['jobs/j'] = () => DONE;
  answers['/budget'] = () => ({
    ...DONE,
    shortened: 'principal components',
    encoder: ENCODER,
    texts: 3,
    asked: 3,
    k: 10,
    rows: [row('float32', 4_608, 1), row('binary', 144, 0.625)],
  });
  await fireEvent.click(screen.getByText('Try again'));
  const rows = (await screen.findAllByRole('row')).map((one) => one.textContent!);
  expect(rows[1]).toContain('4.6 kB');
  expect(rows[2]).toContain('144 bytes');
  expect(rows[2]).toContain('62.5 %');
});

test('a file that is too large is not sent, and says what takes it', async () => {
  const explorer = new Explorer();
  explorer.collections = {
    collections: [],
    damaged: [{ name: 'old', problem: 'It is damaged.', remedy: 'Make it again.' }],
    builtin: [],
    layouts: [],
    most_bytes: 200_000_000,
    most_rows: 1_000_000,
  };
  render(Choose, { explorer });
  const file = new File(['a'], 'all.csv');
  Object.defineProperty(file, 'size', { value: 200_000_001 });
  explorer.dropped = file;
  await waitFor(() =>
    expect(screen.getByRole('alert').textContent).toContain('likewise add all.csv'),
  );
  expect(screen.getByText('It is damaged. Make it again.')).toBeTruthy();
  expect(screen.getByText(/Up to 1,000,000 rows and 200 MB/)).toBeTruthy();
  expect(asked).toEqual([]);
  expect(explorer.dropped).toBe(null);
});

test('what is read of a file is shown before it is embedded', async () => {
  answers['uploads?name=notes.csv'] = () => ({
    id: 't',
    name: 'notes.csv',
    columns: ['year', 'body'],
    rows: 2,
    sample: [
      ['2020', 'One cat.'],
      ['2021', null],
    ],
    text: 'body',
    notes: ['“body” looks like the texts.'],
  });
  const explorer = opened(3);
  explorer.collections = {
    collections: [explorer.collection!],
    damaged: [],
    builtin: [],
    layouts: [],
    most_bytes: 200_000_000,
    most_rows: 1_000_000,
  };
  explorer.collection = null;
  render(Choose, { explorer });
  explorer.dropped = new File(['x'], 'notes.csv');
  expect(await screen.findByText('One cat.')).toBeTruthy();
  expect(screen.getByText(/There is a collection notes already/)).toBeTruthy();
  expect(screen.getByText('Embed 2 rows')).toBeTruthy();
});

test.each([
  ['not_found', 404],
  ['invalid_api_key', 401],
])(
  'a server that shows its collections to nobody says whose they are: %s',
  async (code, status) => {
    const error = { message: 'm', type: 't', param: null, code, problem: 'p', remedy: 'r' };
    vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ error }), { status }));
    const explorer = new Explorer();
    render(Explore, { explorer });
    await screen.findByText('The collections on this server are its operator’s.');
    expect(screen.getByRole('alert').textContent).toBe('');
    expect(screen.queryByRole('button', { name: 'Choose a file' })).toBeNull();
  },
);

test('a server that is not there is not taken for one that keeps its own', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('down')));
  render(Explore, { explorer: new Explorer() });
  await screen.findByText('The server does not answer.');
  expect(screen.queryByText(/its operator’s/)).toBeNull();
});
