import { expect, test, vi } from 'vitest';
import { Failure, compare } from '../src/api/client';
import { readOpening } from '../src/api/opening';
import { comparison } from './comparison';

const request = { texts: ['a', 'b'] };

function answering(body: string, status = 200) {
  const fetch = vi.fn((_path: string, _init: RequestInit) =>
    Promise.resolve(new Response(body, { status })),
  );
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

test('asks with JSON at an address relative to the page', async () => {
  const expected = comparison(['a', 'b'], [1, 0.5]);
  const fetch = answering(JSON.stringify(expected));
  expect(await compare(request)).toEqual(expected);
  const [path, init] = fetch.mock.calls[0]!;
  expect(path).toBe('api/compare');
  expect(JSON.parse(String(init.body))).toEqual(request);
});

test("the server's error keeps its problem, remedy and place", async () => {
  const error = {
    message: 'P. R.',
    type: 'invalid_request_error',
    param: 'texts.2',
    code: 'invalid_text',
    problem: 'P.',
    remedy: 'R.',
  };
  answering(JSON.stringify({ error }), 400);
  const failure = await compare(request).catch((caught: Failure) => caught);
  expect(failure).toMatchObject({
    problem: 'P.',
    remedy: 'R.',
    code: 'invalid_text',
    textIndex: 2,
  });
});

test('an answer that is not ours is a failure with a remedy', async () => {
  answering('<h1>Bad gateway</h1>', 502);
  await expect(compare(request)).rejects.toMatchObject({ code: 'http_502', textIndex: null });
});

test('a server that is gone is a failure with a remedy, an abort is not', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(compare(request)).rejects.toMatchObject({ code: 'unreachable' });

  const controller = new AbortController();
  controller.abort();
  vi.stubGlobal('fetch', () => Promise.reject(new DOMException('', 'AbortError')));
  await expect(compare(request, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

test('the opening is a comparison, an error, or nothing', () => {
  const page = document.implementation.createHTMLDocument();
  expect(readOpening(page)).toBeNull();

  const block = page.createElement('script');
  block.type = 'application/json';
  block.id = 'opening';
  page.body.append(block);
  block.textContent = JSON.stringify(comparison(['a', 'b'], [1, 0.5]));
  expect(readOpening(page)).toMatchObject({ kept: 0.87 });

  const error = {
    message: 'M',
    type: 'server_error',
    param: null,
    code: 'weights_missing',
    problem: 'P.',
    remedy: 'R.',
  };
  block.textContent = JSON.stringify({ error });
  expect(readOpening(page)).toBeInstanceOf(Failure);
  expect(readOpening(page)).toMatchObject({ code: 'weights_missing', remedy: 'R.' });
});
