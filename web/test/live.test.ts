import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Live } from '../src/api/live';
import { Specimen } from '../src/state/specimen.svelte';
import { comparison } from './comparison';

/** A server whose answers come when the test says so. */
function harness(patience = 1000) {
  const asked: {
    question: string;
    signal: AbortSignal;
    answer: (a: string) => void;
    fail: (e: unknown) => void;
  }[] = [];
  const log: string[] = [];
  const live = new Live<string, string>(
    (question, signal) =>
      new Promise((answer, fail) => {
        signal.addEventListener('abort', () => fail(new DOMException('', 'AbortError')));
        asked.push({ question, signal, answer, fail });
      }),
    {
      answered: (question, answer) => log.push(`${question}=${answer}`),
      failed: (question, error) => log.push(`${question} failed: ${String(error)}`),
      busy: (busy) => log.push(busy ? 'busy' : 'idle'),
    },
    patience,
  );
  return { live, asked, log };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('Live', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('asks at once when nothing is in flight', async () => {
    const { live, asked, log } = harness();
    live.send('a');
    expect(asked.map((a) => a.question)).toEqual(['a']);
    asked[0]!.answer('A');
    await settle();
    expect(log).toEqual(['busy', 'a=A', 'idle']);
  });

  test('while one is in flight only the newest waits', async () => {
    const { live, asked, log } = harness();
    for (const question of ['a', 'ab', 'abc', 'abcd']) live.send(question);
    expect(asked).toHaveLength(1);
    asked[0]!.answer('1');
    await settle();
    expect(asked.map((a) => a.question)).toEqual(['a', 'abcd']);
    asked[1]!.answer('4');
    await settle();
    expect(log).toEqual(['busy', 'a=1', 'busy', 'abcd=4', 'idle']);
  });

  test('a slow flight is aborted for a newer question, and its late answer is dropped', async () => {
    const { live, asked, log } = harness(300);
    live.send('old');
    live.send('new');
    await vi.advanceTimersByTimeAsync(299);
    expect(asked[0]!.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked[0]!.signal.aborted).toBe(true);
    expect(asked[1]!.question).toBe('new');
    asked[1]!.answer('N');
    asked[0]!.answer('late');
    await settle();
    expect(log.filter((entry) => entry.includes('='))).toEqual(['new=N']);
    expect(log.some((entry) => entry.includes('failed'))).toBe(false);
    expect(log.at(-1)).toBe('idle');
  });

  test('a slow flight is left alone when nothing newer waits', async () => {
    const { live, asked, log } = harness(300);
    live.send('a');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked[0]!.signal.aborted).toBe(false);
    asked[0]!.answer('A');
    await settle();
    expect(log).toContain('a=A');
  });

  test('a failure is told, but not when a newer question waits', async () => {
    const { live, asked, log } = harness();
    live.send('a');
    asked[0]!.fail('no');
    await settle();
    expect(log).toEqual(['busy', 'a failed: no', 'idle']);

    live.send('b');
    live.send('c');
    asked[1]!.fail('no');
    await settle();
    expect(asked[2]!.question).toBe('c');
    expect(log.some((entry) => entry.startsWith('b failed'))).toBe(false);
  });

  test('cancel aborts the flight and forgets what waits', async () => {
    const { live, asked, log } = harness();
    live.send('a');
    live.send('b');
    live.cancel();
    await settle();
    expect(asked).toHaveLength(1);
    expect(asked[0]!.signal.aborted).toBe(true);
    expect(log).toEqual(['busy', 'idle']);
  });
});

test('what a figure shows is outdated while its new texts can’t be had', async () => {
  const soon = () => new Promise((done) => setTimeout(done));
  let gone = false;
  const specimen = new Specimen(({ texts }) =>
    gone ? Promise.reject(new TypeError('gone')) : Promise.resolve(comparison(texts, [1, 0.5])),
  );
  specimen.show(['a', 'b'], 'minilm');
  await soon();
  expect([specimen.told?.texts, specimen.outdated]).toEqual([['a', 'b'], false]);
  gone = true;
  specimen.show(['a', 'c'], 'minilm');
  await soon();
  expect([specimen.told?.texts, specimen.outdated]).toEqual([['a', 'b'], true]);
  gone = false;
  specimen.show(['a', 'd'], 'minilm');
  await soon();
  expect([specimen.told?.texts, specimen.outdated]).toEqual([['a', 'd'], false]);
});
