import { describe, expect, test } from 'vitest';
import { duplicate, fromTexts, move } from '../src/state/boxes';
import { History } from '../src/state/history.svelte';

describe('History', () => {
  test('goes back and forth', () => {
    const history = new History<string>();
    history.record('a');
    history.record('b');
    expect(history.undo('c')).toBe('b');
    expect(history.undo('b')).toBe('a');
    expect(history.canUndo).toBe(false);
    expect(history.undo('a')).toBe('a');
    expect(history.redo('a')).toBe('b');
    expect(history.redo('b')).toBe('c');
    expect(history.canRedo).toBe(false);
  });

  test('a change forgets what was undone', () => {
    const history = new History<string>();
    history.record('a');
    history.undo('b');
    history.record('a');
    expect(history.canRedo).toBe(false);
  });

  test('typing in one box without a rest is one step', () => {
    const history = new History<string>();
    history.record('', 'edit 1', 0);
    history.record('c', 'edit 1', 100);
    history.record('ca', 'edit 1', 900);
    expect(history.undo('cat')).toBe('');
    history.record('', 'edit 1', 2000);
    history.record('c', 'edit 1', 3500);
    expect(history.undo('cat')).toBe('c');
  });
});

test('a box moves, and stops at the ends', () => {
  const boxes = fromTexts(['a', 'b', 'c']);
  const texts = (to: number) =>
    move(boxes, boxes[0]!.id, to)
      .map((box) => box.text)
      .join('');
  expect([texts(1), texts(2), texts(99), texts(-1)]).toEqual(['bac', 'bca', 'bca', 'abc']);
  expect(move(boxes, boxes[0]!.id, 0)).toBe(boxes);
  expect(move(boxes, -5, 1)).toBe(boxes);
});

test('a duplicate stands below its original under an id of its own', () => {
  const boxes = fromTexts(['a', 'b']);
  const { boxes: after } = duplicate(boxes, boxes[0]!.id);
  expect(after.map((box) => box.text)).toEqual(['a', 'a', 'b']);
  expect(new Set(after.map((box) => box.id)).size).toBe(3);
});
