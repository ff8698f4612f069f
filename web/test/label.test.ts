import { expect, test, vi } from 'vitest';
import { keysOf } from '../src/label/keys';
import { Session, type Labelling } from '../src/label/session.svelte';

const given = (labels: string[]) => Object.fromEntries(keysOf(labels));

test('a digit gives the label at its place, up to nine', () => {
  expect(given(['praise', 'blame', '4 stars'])).toEqual({
    1: 'praise',
    2: 'blame',
    3: '4 stars',
  });
  const ten = [...'abcdefghij'];
  expect(keysOf(ten).size).toBe(9);
  expect(keysOf(ten).get('9')).toBe('i');
});

test('a label that is a digit is given by it, and by no other', () => {
  expect(given(['0', '1'])).toEqual({ 0: '0', 1: '1' });
  expect(given(['5', '4', 'none'])).toEqual({ 4: '4', 5: '5' });
});

test('no digit gives a label where one may begin a longer number', () => {
  for (const label of ['10', '-1', '1.5', '.5', '1e3'])
    expect(given(['1', label, 'none'])).toEqual({});
});

const NOW: Labelling = {
  name: 't.csv',
  texts: 2,
  labelled: 1,
  labels: ['a'],
  next: null,
  last: null,
};

test('what was labelled goes on to a training', async () => {
  const sent: string[] = [];
  vi.stubGlobal('fetch', (path: string) => {
    sent.push(path);
    return Promise.resolve(new Response(JSON.stringify({ id: 't9' })));
  });
  const went: string[] = [];
  const session = new Session(
    () => Promise.resolve(NOW),
    () => Promise.resolve(new Blob(['text,label'])),
    (address) => went.push(address),
  );
  await session.train();
  expect(sent).toEqual(['api/tables?name=labelled.csv']);
  expect(went).toEqual(['classify.html#table=t9']);
});

test('where the table can’t be had it says why', async () => {
  const session = new Session(
    () => Promise.resolve(NOW),
    () => Promise.reject(new Error('gone')),
  );
  await session.train();
  expect(session.failure).not.toBeNull();
});
