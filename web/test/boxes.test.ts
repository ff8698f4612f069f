import { describe, expect, test } from 'vitest';
import * as boxes from '../src/state/boxes';

const texts = (list: boxes.Boxes) => list.map((box) => box.text);

describe('boxes', () => {
  test('there are always two, and never more than a hundred', () => {
    expect(texts(boxes.fromTexts([]))).toEqual(['', '']);
    expect(boxes.fromTexts(Array(120).fill('x'))).toHaveLength(100);
    const full = boxes.fromTexts(Array(99).fill('x'));
    const change = boxes.addMany(full, ['a', 'b', 'c']);
    expect(change.boxes).toHaveLength(100);
    expect(change.leftOut).toBe(2);
    expect(boxes.add(change.boxes)).toMatchObject({ focus: null, leftOut: 1 });
  });

  test('a new box goes below the one that it was asked from', () => {
    const start = boxes.fromTexts(['a', 'b']);
    const { boxes: after, focus } = boxes.add(start, 'new', start[0]!.id);
    expect(texts(after)).toEqual(['a', 'new', 'b']);
    expect(after[1]!.id).toBe(focus);
  });

  test('removing goes on to the next box, and empties the last two', () => {
    const start = boxes.fromTexts(['a', 'b', 'c']);
    const { boxes: two, focus } = boxes.remove(start, start[1]!.id);
    expect(texts(two)).toEqual(['a', 'c']);
    expect(focus).toBe(start[2]!.id);
    expect(texts(boxes.remove(two, two[0]!.id).boxes)).toEqual(['', 'c']);
  });

  test('ids are never used twice', () => {
    const start = boxes.fromTexts(['a', 'b', 'c']);
    const last = start[2]!.id;
    const { boxes: rest } = boxes.remove(start, last);
    expect(boxes.add(rest).boxes.map((box) => box.id)).not.toContain(last);
  });

  test('an edit leaves the others as they are', () => {
    const start = boxes.fromTexts(['a', 'b']);
    const after = boxes.edit(start, start[1]!.id, 'B');
    expect(after[0]).toBe(start[0]);
    expect(texts(after)).toEqual(['a', 'B']);
    expect(texts(start)).toEqual(['a', 'b']);
  });

  test('many texts fill blank boxes first', () => {
    const start = boxes.fromTexts(['a', '  ', 'c']);
    const { boxes: after, focus, leftOut } = boxes.addMany(start, ['1', '2']);
    expect(texts(after)).toEqual(['a', '1', 'c', '2']);
    expect(focus).toBe(after[1]!.id);
    expect(leftOut).toBe(0);
  });

  test('pasted lines start in their box and follow below it', () => {
    const start = boxes.fromTexts(['a', 'b', 'c']);
    const { boxes: after } = boxes.spread(start, start[1]!.id, ['1', '2', '3']);
    expect(texts(after)).toEqual(['a', '1', '2', '3', 'c']);
    expect(after[1]!.id).toBe(start[1]!.id);
  });

  test('lines are trimmed, of any line end, and blank ones are no lines', () => {
    expect(boxes.lines('a\r\n\n  b \rc\u2028d\n')).toEqual(['a', 'b', 'c', 'd']);
    expect(boxes.lines(' \n ')).toEqual([]);
  });
});
