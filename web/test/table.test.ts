import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import type { LookAnswer, TableAnswer } from '../src/api/types';
import Look from '../src/table/Look.svelte';
import { headline, tokens } from '../src/table/words';

const SAID: LookAnswer = {
  name: 'moods.csv',
  format: 'csv',
  encoding: 'utf-8',
  separator: ';',
  rows: 3,
  aside: 1,
  columns: [
    { name: 'note', kind: 'text', missing: 0, different: 3, longest: 9, samples: ['a', 'b'] },
    { name: 'mood', kind: 'text', missing: 2, different: 1, longest: 3, samples: ['joy'] },
  ],
  text: 'note',
  why_text: 'it has the most words',
  label: 'mood',
  why_label: 'by its name',
  duplicates: 1,
  tokens: {
    encoder: 'minilm',
    texts: 3,
    median: 5,
    longest: 300,
    limit: 256,
    cut_off: 1,
    with_unknown: 0,
  },
  notes: ['It has semicolons between its cells.'],
};

const TABLE: TableAnswer = {
  id: 't1',
  name: 'moods.csv',
  columns: ['note', 'mood'],
  rows: 3,
  sample: [],
  text: 'note',
  label: 'mood',
  why: null,
  numeric: [],
  several: [],
  notes: SAID.notes,
  aside: 1,
  rejected: [{ line: 4, reason: 'has 1 cell, but there are 2 columns', row: 'alone' }],
};

test('one line says what was read', () => {
  expect(headline(SAID)).toBe(
    'csv, semicolons between cells, utf-8; 3 rows of 2 columns, 1 set aside.',
  );
});

test('lengths are said in tokens, with what will be cut off', () => {
  expect(tokens(SAID.tokens!)).toBe(
    'Tokens for minilm, of 3 texts: median 5, longest 300; it reads 256, so 1 will be cut off.',
  );
  expect(tokens({ ...SAID.tokens!, limit: null, cut_off: 0, with_unknown: 0 })).toContain(
    'any number, so none',
  );
});

test('what was set aside is there at once, and how the table was read when it is asked for', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    return Promise.resolve(new Response(JSON.stringify(SAID)));
  });
  render(Look, { table: TABLE });
  expect(screen.getByText(/Line 4 has 1 cell/)).toBeTruthy();
  expect(asked).toEqual([]);
  const details = screen.getByText('How the table was read').closest('details')!;
  details.open = true;
  await fireEvent(details, new Event('toggle'));
  expect(await screen.findByText(/semicolons between cells, utf-8/)).toBeTruthy();
  expect(asked).toEqual(['api/tables/t1/look']);
  expect(screen.getByText(/it has the most words/)).toBeTruthy();
});
