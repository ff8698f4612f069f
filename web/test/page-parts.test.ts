import { afterEach, describe, expect, test, vi } from 'vitest';
import { follow } from '../src/api/job';
import { likenessOf } from '../src/charts/likeness';
import { ascending, layCells } from '../src/charts/cells';
import { Labelling } from '../src/classify/labelling.svelte';
import { routesOf, typeOf } from '../src/docs/openapi';
import { textsOf } from '../src/keep/dropped';
import { isComparison } from '../src/keep/reopen';
import { edits } from '../src/vectors/edits';
import { keepNeighbours, neighboursKept } from '../src/vectors/neighbours';
import { comparison } from './comparison';

describe('cells', () => {
  const grid = { columns: 3, rows: 2 };

  test('are laid out row by row, or column by column in an order', () => {
    const plain = layCells(5, grid, null);
    expect([0, 1, 2, 3, 4, 5].map(plain.numberAt)).toEqual([0, 1, 2, 3, 4, null]);
    const sorted = layCells(5, grid, [4, 2, 0, 1, 3]);
    expect([0, 1, 2, 3, 4, 5].map(sorted.numberAt)).toEqual([4, 0, 3, 2, 1, null]);
    for (let i = 0; i < 5; i++) expect(sorted.numberAt(sorted.cellOf(i))).toBe(i);
  });

  test('begin with the lowest number', () => {
    expect(ascending([0.2, -1, 0.2, 0])).toEqual([1, 3, 0, 2]);
  });
});

describe('a picture of neighbours', () => {
  // two groups of three, and one between them
  const near = (a: number, b: number) => (Math.floor(a / 3) === Math.floor(b / 3) ? 0.8 : 0.1);
  const matrix = Array.from({ length: 7 }, (_, i) =>
    Array.from({ length: 7 }, (_, j) => (i === j ? 1 : near(i, j))),
  );
  const start = matrix.map((_, i) => [Math.cos(i * 2), Math.sin(i * 2)]);

  test('puts those of one group beside each other, always in the same way', () => {
    const places = keepNeighbours(matrix, start);
    expect(keepNeighbours(matrix, start)).toEqual(places);
    expect(places.flat().every(Number.isFinite)).toBe(true);
    expect(neighboursKept(matrix, places)).toBeGreaterThanOrEqual(6);
  });

  test('parts texts that began at one place', () => {
    const places = keepNeighbours(
      matrix,
      matrix.map(() => [0, 0]),
    );
    expect(new Set(places.map(String)).size).toBe(7);
  });
});

test.each([
  ['', '', 0],
  ['safe', 'unsafe', 2],
  ['9', '4', 1],
  ['🐈 a', '🐈 ab', 1],
])('from %j to %j are %d letters', (from, to, count) => {
  expect(edits(from, to)).toBe(count);
  expect(edits(to, from)).toBe(count);
});

test('a similarity is most like one kind of pairs', () => {
  const { landmarks } = comparison(['a', 'b'], [1, 0.5]);
  expect([0, 0.3, 0.9].map((it) => likenessOf(landmarks, it))).toEqual([
    'strangers',
    'same subject',
    'same meaning',
  ]);
  expect(likenessOf({ ...landmarks, cuts: [0.2, null] }, 0.9)).toBe('related');
  expect(likenessOf({ ...landmarks, cuts: [null, null] }, 0.9)).toBeNull();
});

describe('a file', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('is read by the server, whatever it is', async () => {
    const answer = { name: 'a.xlsx', column: 'text', texts: ['one'], of: 3, notes: [] };
    const ask = vi.fn(async () => new Response(JSON.stringify(answer)));
    vi.stubGlobal('fetch', ask);
    const file = new Blob(['PK']);
    expect(await textsOf('a.xlsx', file, 1, 'cp1252')).toEqual(answer);
    expect(ask).toHaveBeenCalledWith(
      'api/texts?name=a.xlsx&most=1&encoding=cp1252',
      expect.objectContaining({ method: 'POST', body: file }),
    );
  });

  test('is not read where the server does not answer, which is said', async () => {
    vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('Failed to fetch')));
    await expect(textsOf('a.csv', new Blob(['one']), 1)).rejects.toThrow(
      'The server does not answer.',
    );
  });

  test('of JSON is a comparison where it says so, else a table', () => {
    expect(isComparison('{"texts": [], "encoder": {}}')).toBe(true);
    for (const other of ['[{"text": "one"}]', '{"texts": ["one"]}', 'null', '{', '3'])
      expect(isComparison(other)).toBe(false);
  });
});

describe('a job', () => {
  test('is followed to its end, and no further than it is looked at', async () => {
    vi.useFakeTimers();
    const states = ['waiting', 'running', 'done'];
    const told: string[] = [];
    const over = follow(
      async () => ({ id: 'j', state: states.shift()! }),
      ({ state }) => void told.push(state),
      new AbortController().signal,
    );
    await vi.runAllTimersAsync();
    await over;
    expect(told).toEqual(['waiting', 'running', 'done']);

    const looking = new AbortController();
    const ask = vi.fn(async () => ({ id: 'j', state: 'running' }));
    const followed = follow(ask, () => looking.abort(), looking.signal);
    await vi.runAllTimersAsync();
    await followed;
    expect(ask).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });
});

describe('labelling in the page', () => {
  test('asks for equal texts once, and keeps the answer for all of them', () => {
    const labelling = new Labelling('t', ['Refund please', 'fine', 'refund  please', 'fine ']);
    labelling.answer('a');
    labelling.answer('b');
    expect(labelling.row).toBeNull();
    const rows = labelling.toCsv().split('\r\n').slice(1, -1);
    expect(rows).toHaveLength(4);
    const labels = (word: RegExp) =>
      new Set(rows.filter((it) => word.test(it)).map((it) => it.slice(-1)));
    expect([labels(/refund/i).size, labels(/fine/).size]).toEqual([1, 1]);
  });

  test('no spreadsheet computes what was labelled', () => {
    const labelling = new Labelling('t', ['=1+1']);
    labelling.answer('-1');
    expect(labelling.toCsv()).toBe("text,label\r\n'=1+1,-1\r\n");
  });

  const texts = Array.from({ length: 8 }, (_, i) => `text ${i}`);

  test('asks for each text once, undoes, and skips', () => {
    const labelling = new Labelling('t', texts);
    const first = labelling.row!;
    labelling.answer('a');
    expect(labelling.row).not.toBe(first);
    labelling.undo();
    expect(labelling.row).toBe(first);
    labelling.skip();
    const seen = new Set([first]);
    while (labelling.row !== null) {
      expect(seen.has(labelling.row)).toBe(false);
      seen.add(labelling.row);
      labelling.answer(seen.size % 2 ? 'a' : 'b, "c"');
    }
    expect(seen.size).toBe(8);
    expect(labelling.answers).toHaveLength(7);
    expect(labelling.toCsv().split('\r\n')[1]).toMatch(/^text \d,"/);
    expect(labelling.toCsv()).toContain('"b, ""c"""');
  });

  test('is enough with two labels of two texts each', () => {
    const labelling = new Labelling('t', texts);
    for (const label of ['a', 'a', 'b']) labelling.answer(label);
    expect(labelling.enough).toBe(false);
    labelling.answer('b');
    expect(labelling.enough).toBe(true);
  });
});

describe('the description of the API', () => {
  const found = {
    info: { title: 'L', version: '1' },
    paths: {
      '/api/x': {
        post: {
          tags: ['t'],
          description: "Do a text's.",
          requestBody: { content: { 'application/json': { schema: { $ref: '#/c/Ask' } } } },
        },
      },
    },
    components: {
      schemas: {
        Ask: {
          properties: {
            texts: { type: 'array', items: { type: 'string' } },
            deep: { type: 'object' },
          },
          required: ['texts'],
        },
      },
    },
  };

  test('becomes routes with their fields and a line that asks them', () => {
    const [[group, [route]]] = routesOf(found, 'http://h') as [
      [string, [ReturnType<typeof routesOf>[0][1][0]]],
    ];
    expect(group).toBe('t');
    expect(route!.says).toBe('Do a text’s.');
    expect(route!.takes[0]).toEqual({
      name: 'texts',
      type: 'list of strings',
      says: '',
      needed: true,
    });
    expect(route!.curl).toContain('curl http://h/api/x');
    expect(route!.curl).toContain('"texts":["I love cats."');
  });

  test('names types in few words', () => {
    expect(typeOf({ anyOf: [{ type: 'number' }, { type: 'null' }] })).toBe('number or null');
    expect(typeOf({ type: 'array', items: { $ref: '#/x/Thing' } })).toBe('list of Thing');
    const number = { anyOf: [{ type: 'number' }, { type: 'null' }] };
    const row = { type: 'array', items: number };
    expect(typeOf({ type: 'array', items: row })).toBe('list of lists of (number or null)');
    expect(typeOf({ type: 'array', items: { type: 'array', items: { type: 'number' } } })).toBe(
      'list of lists of numbers',
    );
    expect(typeOf({ enum: ['a', 'b'] })).toBe('"a" or "b"');
  });
});
