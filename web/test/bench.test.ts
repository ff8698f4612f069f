import { flushSync } from 'svelte';
import { describe, expect, test, vi } from 'vitest';
import { Failure } from '../src/api/client';
import type { CompareRequest } from '../src/api/types';
import { Bench } from '../src/state/bench.svelte';
import { comparison } from './comparison';

const similarities = [1, 0.5, 0.7, 0.2, 0.1];

function serving() {
  return vi.fn((request: CompareRequest) =>
    Promise.resolve(comparison(request.texts, similarities.slice(0, request.texts.length))),
  );
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('Bench', () => {
  test('opens with what the page brought and asks nothing', () => {
    const ask = serving();
    const bench = new Bench([], comparison(['a', 'b', 'c'], [1, 0.5, 0.7]), ask);
    expect(bench.boxes.map((box) => box.text)).toEqual(['a', 'b', 'c']);
    expect(bench.answer?.results.get(bench.boxes[2]!.id)).toMatchObject({
      similarity: 0.7,
      isBest: true,
    });
    expect(ask).not.toHaveBeenCalled();
  });

  test('blank boxes are left out, and results go to the right boxes', async () => {
    const ask = serving();
    const bench = new Bench(['  ', 'a', '', 'b'], null, ask);
    await settled();
    expect(ask.mock.calls[0]![0].texts).toEqual(['a', 'b']);
    const [, a, , b] = bench.boxes;
    expect(bench.firstId).toBe(a!.id);
    expect(bench.answer?.results.get(a!.id)).toMatchObject({ isFirst: true });
    expect(bench.answer?.results.get(b!.id)).toMatchObject({ similarity: 0.5, isBest: true });
  });

  test('says where each text stood, so that the picture keeps its turn', async () => {
    const ask = serving();
    const bench = new Bench(['a', 'b'], null, ask);
    await settled();
    bench.add();
    bench.edit(bench.boxes[2]!.id, 'c');
    await settled();
    expect(ask.mock.lastCall![0].previous).toEqual([[0, 0], [1, 0], null]);
    bench.choose('sha256');
    await settled();
    expect(ask.mock.lastCall![0]).toMatchObject({
      encoder: 'sha256',
      previous: [null, null, null],
    });
  });

  test('a vector that did not change is the same array', async () => {
    const bench = new Bench(['a', 'b'], null, serving());
    await settled();
    const before = bench.answer!.results.get(bench.boxes[0]!.id)!.vector;
    bench.edit(bench.boxes[1]!.id, 'changed');
    await settled();
    expect(bench.answer!.results.get(bench.boxes[0]!.id)!.vector).toBe(before);
  });

  test('a failure leaves the last results, and trying again clears it', async () => {
    const ask = serving();
    const bench = new Bench(['a', 'b'], null, ask);
    await settled();
    ask.mockRejectedValueOnce(new Failure('P.', 'R.', 'unreachable'));
    bench.edit(bench.boxes[0]!.id, 'a!');
    await settled();
    expect(bench.failure?.problem).toBe('P.');
    expect(bench.answer).not.toBeNull();
    bench.ask();
    await settled();
    expect(bench.failure).toBeNull();
  });

  test('pasted lines can be put back into one text', async () => {
    const bench = new Bench(['a', 'b'], null, serving());
    bench.spread(bench.boxes[1]!.id, ['1', '2', '3'], 'b1\n2\n3');
    expect(bench.boxes.map((box) => box.text)).toEqual(['a', '1', '2', '3']);
    expect(bench.notice?.text).toContain('3 lines');
    bench.undoNotice();
    flushSync();
    expect(bench.boxes.map((box) => box.text)).toEqual(['a', 'b1\n2\n3']);
    expect(bench.notice).toBeNull();
    await settled();
  });

  test('nothing but blanks is no question and no error', async () => {
    const ask = serving();
    const bench = new Bench(['a', 'b'], null, ask);
    await settled();
    const calls = ask.mock.calls.length;
    bench.edit(bench.boxes[0]!.id, ' ');
    bench.edit(bench.boxes[1]!.id, '');
    await settled();
    expect(bench.answer).toBeNull();
    expect(bench.failure).toBeNull();
    expect(ask.mock.calls.length).toBeLessThanOrEqual(calls + 1);
  });
});
