import { flushSync } from 'svelte';
import { describe, expect, test, vi } from 'vitest';
import { Failure } from '../src/api/client';
import type { CompareRequest } from '../src/api/types';
import { createPage } from '../src/state/page';
import { settings } from '../src/state/settings.svelte';
import { comparison } from './comparison';

const similarities = [1, 0.5, 0.7, 0.2, 0.1];

function serving() {
  return vi.fn((request: CompareRequest) =>
    Promise.resolve(comparison(request.texts, similarities.slice(0, request.texts.length))),
  );
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('a page', () => {
  test('opens with what the server brought and asks nothing', () => {
    const ask = serving();
    const { doc, results } = createPage([], comparison(['a', 'b', 'c'], [1, 0.5, 0.7]), ask);
    expect(doc.boxes.map((box) => box.text)).toEqual(['a', 'b', 'c']);
    expect(results.answer?.results.get(doc.boxes[2]!.id)).toMatchObject({
      similarity: 0.7,
      isBest: true,
    });
    expect(ask).not.toHaveBeenCalled();
  });

  test('leaves blank boxes out, and results go to the right boxes', async () => {
    const ask = serving();
    const { doc, results } = createPage(['  ', 'a', '', 'b'], null, ask);
    await settled();
    expect(ask.mock.calls[0]![0].texts).toEqual(['a', 'b']);
    const [, a, , b] = doc.boxes;
    expect(doc.firstId).toBe(a!.id);
    expect(results.answer?.results.get(a!.id)).toMatchObject({ isFirst: true });
    expect(results.answer?.results.get(b!.id)).toMatchObject({ similarity: 0.5, isBest: true });
  });

  test('says where each text stood, so that the picture keeps its turn', async () => {
    const ask = serving();
    const { doc, results } = createPage(['a', 'b'], null, ask);
    await settled();
    doc.add();
    doc.edit(doc.boxes[2]!.id, 'c');
    await settled();
    expect(ask.mock.lastCall![0].previous).toEqual([[0, 0], [1, 0], null]);
    results.choose('sha256');
    await settled();
    expect(ask.mock.lastCall![0]).toMatchObject({
      encoder: 'sha256',
      previous: [null, null, null],
    });
  });

  test('keeps the array of a vector that did not change', async () => {
    const { doc, results } = createPage(['a', 'b'], null, serving());
    await settled();
    const before = results.answer!.results.get(doc.boxes[0]!.id)!.vector;
    doc.edit(doc.boxes[1]!.id, 'changed');
    await settled();
    expect(results.answer!.results.get(doc.boxes[0]!.id)!.vector).toBe(before);
  });

  test('leaves the last results after a failure, and trying again clears it', async () => {
    const ask = serving();
    const { doc, results } = createPage(['a', 'b'], null, ask);
    await settled();
    ask.mockRejectedValueOnce(new Failure('P.', 'R.', 'unreachable'));
    doc.edit(doc.boxes[0]!.id, 'a!');
    await settled();
    expect(results.failure?.problem).toBe('P.');
    expect(results.answer).not.toBeNull();
    results.ask();
    await settled();
    expect(results.failure).toBeNull();
  });

  test('puts pasted lines back into one text', async () => {
    const { doc, notices } = createPage(['a', 'b'], null, serving());
    doc.spread(doc.boxes[1]!.id, ['1', '2', '3'], 'b1\n2\n3');
    expect(doc.boxes.map((box) => box.text)).toEqual(['a', '1', '2', '3']);
    expect(notices.now?.text).toContain('3 lines');
    notices.now!.undo!.run();
    flushSync();
    expect(doc.boxes.map((box) => box.text)).toEqual(['a', 'b1\n2\n3']);
    expect(notices.now).toBeNull();
    await settled();
  });

  test('of nothing but blanks asks nothing and fails at nothing', async () => {
    const ask = serving();
    const { doc, results } = createPage(['a', 'b'], null, ask);
    await settled();
    const calls = ask.mock.calls.length;
    doc.edit(doc.boxes[0]!.id, ' ');
    doc.edit(doc.boxes[1]!.id, '');
    await settled();
    expect(results.answer).toBeNull();
    expect(results.failure).toBeNull();
    expect(ask.mock.calls.length).toBeLessThanOrEqual(calls + 1);
  });

  test('looks closely at the first text and the best, or at those that were chosen', async () => {
    const page = createPage([], comparison(['a', 'b', 'c'], [1, 0.5, 0.7]), serving());
    expect(page.selection.pair?.map(({ text }) => text)).toEqual(['a', 'c']);
    settings.pair = [page.doc.boxes[1]!.id, null];
    flushSync();
    expect(page.selection.pair?.map(({ text }) => text)).toEqual(['b', 'c']);
    settings.pair = [null, null];
  });
});
