import { describe, expect, test } from 'vitest';
import { placeLabels, shorten } from '../src/charts/labels';
import { ticks, ticksPast } from '../src/charts/ticks';
import { framing, hiddenNeighbours, nearestPlace } from '../src/charts/layout';

const fit = (points: number[][]) => points.map(framing(points, frame).placeOf);
const frame = { width: 400, height: 300, margin: { x: 50, y: 50 } };

describe('framing', () => {
  test('keeps the ratios of distances and the margins', () => {
    const places = fit([
      [0, 0],
      [3, 0],
      [0, 1],
    ]);
    expect(places[0]).toEqual({ x: 50, y: 200 });
    expect(places[1]).toEqual({ x: 350, y: 200 });
    expect(places[2]!.y).toBeCloseTo(100, 9); // up is up; 100 px for 1 in both directions
  });

  test('equal points stand in the middle', () => {
    expect(
      fit([
        [2, 2],
        [2, 2],
      ]),
    ).toEqual([
      { x: 200, y: 150 },
      { x: 200, y: 150 },
    ]);
  });

  test('no points give no places', () => {
    expect(fit([])).toEqual([]);
  });

  test('says how many pixels one unit has', () => {
    const { scale } = framing([[0], [3]], frame);
    expect(scale).toBe(100);
    expect(framing([[1, 1]], frame).scale).toBe(0);
  });
});

test('nearest place is the other that is least far', () => {
  const places = [
    { x: 0, y: 0 },
    { x: 9, y: 0 },
    { x: 5, y: 1 },
  ];
  expect(nearestPlace(places, 0)).toBe(2);
  expect(nearestPlace([{ x: 0, y: 0 }], 0)).toBeNull();
});

test('a line is drawn exactly where the picture hides a nearest neighbour, once a pair', () => {
  const places = [
    { x: 0, y: 0 },
    { x: 1, y: 0 },
    { x: 9, y: 0 },
  ];
  expect(hiddenNeighbours(places, [1, 0, 1])).toEqual([]);
  expect(hiddenNeighbours(places, [2, 0, 0])).toEqual([[0, 2]]);
});

describe('labels', () => {
  const room = { width: 400, height: 300, line: 17, radius: 7 };
  const rect = (
    place: { x: number; y: number },
    label: { dx: number; dy: number },
    width: number,
  ) => ({
    left: place.x + label.dx,
    top: place.y + label.dy,
    right: place.x + label.dx + width,
    bottom: place.y + label.dy + 17,
  });

  test('never overlap, leave the frame or cover a point', () => {
    const places = Array.from({ length: 40 }, (_, i) => ({
      x: 20 + ((i * 97) % 360),
      y: 20 + ((i * 61) % 260),
    }));
    const widths = places.map((_, i) => [30 + ((i * 13) % 90), 28, 25] as const);
    const labels = placeLabels(
      places,
      widths,
      places.map((_, i) => i),
      room,
    );
    const rects = labels.flatMap((label, i) =>
      label ? [rect(places[i]!, label, widths[i]![label.form]!)] : [],
    );
    expect(rects.length).toBeGreaterThan(10);
    rects.forEach((a, i) => {
      expect(Math.min(a.left, a.top, 400 - a.right, 300 - a.bottom)).toBeGreaterThanOrEqual(0);
      for (const b of rects.slice(i + 1)) {
        expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(
          false,
        );
      }
      for (const { x, y } of places) {
        expect(a.left < x && x < a.right && a.top < y && y < a.bottom).toBe(false);
      }
    });
  });

  test('what ranks first gets its label', () => {
    const places = [
      { x: 200, y: 150 },
      { x: 200, y: 150 },
    ];
    const room1 = { ...room, width: 270, height: 175 };
    expect(
      placeLabels(
        places,
        [
          [50, 50, 50],
          [50, 50, 50],
        ],
        [1, 0],
        room1,
      )[1],
    ).not.toBeNull();
  });

  test('are shortened by whole characters', () => {
    expect(shorten('cats', 4)).toBe('cats');
    expect(shorten('🐈🐈🐈🐈🐈', 4)).toBe('🐈🐈🐈…');
    expect(shorten('one\n two', 20)).toBe('one two');
  });
});

test('ticks are round, inside, and far enough from each other', () => {
  const rounded = (values: number[]) => values.map((value) => Number(value.toFixed(6)));
  expect(rounded(ticks(0.04, 0.42, 0.07))).toEqual([0.1, 0.2, 0.3, 0.4]);
  expect(rounded(ticks(-0.2, 0.2, 0.15))).toEqual([-0.2, 0, 0.2]);
  expect(ticks(0.11, 0.19, 0.2)).toEqual([]);
});

test('labels keep off what is taken', () => {
  const room = { width: 400, height: 300, line: 16, radius: 10 };
  const places = [{ x: 200, y: 150 }];
  const free = placeLabels(places, [[80, 60, 40]], [0], room)[0]!;
  expect(free.anchor).toBe('start');
  const taken = [{ left: 200, top: 0, right: 400, bottom: 300 }];
  expect(placeLabels(places, [[80, 60, 40]], [0], { ...room, taken })[0]!.anchor).toBe('end');
});

test('a label beside its point is shortened before it goes to a corner', () => {
  const room = { width: 300, height: 300, line: 16, radius: 10 };
  const places = [
    { x: 230, y: 150 },
    { x: 130, y: 146 },
  ];
  const [label] = placeLabels(
    places,
    [
      [90, 50, 20],
      [20, 20, 20],
    ],
    [0, 1],
    room,
  );
  expect(label).toMatchObject({ anchor: 'start', form: 1 });
});

test('no line strikes a label through while there is room elsewhere', () => {
  const room = { width: 400, height: 300, line: 16, radius: 10 };
  const [from, to] = [
    { x: 200, y: 150 },
    { x: 390, y: 150 },
  ];
  const place = (lines: [typeof from, typeof to][]) =>
    placeLabels([from], [[80, 60, 40]], [0], { ...room, lines })[0]!;
  expect(place([]).anchor).toBe('start');
  expect(place([[from, to]]).anchor).toBe('end');
  expect(
    place([
      [
        { ...from, y: 20 },
        { ...to, y: 20 },
      ],
    ]).anchor,
  ).toBe('start'); // it runs elsewhere
  const everywhere = Array.from({ length: 100 }, (_, i) => [
    { x: 0, y: 3 * i },
    { x: 400, y: 3 * i },
  ]) as [typeof from, typeof to][];
  expect(place(everywhere).anchor).toBe('start'); // rather so than without a name
});

test('an axis from 0 ends at a round value that no point lies beyond', () => {
  expect(ticksPast(48)).toEqual([0, 20, 40, 60]);
  expect(ticksPast(40)).toEqual([0, 10, 20, 30, 40]);
  for (let high = 1; high < 3000; high += 7) {
    const marks = ticksPast(high);
    expect(marks.at(-1)).toBeGreaterThanOrEqual(high);
    expect(marks.at(-2)).toBeLessThan(high);
  }
});
