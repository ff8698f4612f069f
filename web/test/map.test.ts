import { describe, expect, test } from 'vitest';
import { dragged, toMap, toScreen, whole, zoomed } from '../src/map/camera';
import { byGroup, byNumber } from '../src/map/colours';
import { holding } from '../src/map/data';
import { named, placed } from '../src/map/labels';
import { colour, paint, radius } from '../src/map/painter';
import { Places } from '../src/map/places';
import { simplified } from '../src/map/viewer';

const SIZE = { width: 200, height: 100 };
const PAPER = [255, 255, 255] as const;

function random(n: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: 2 * n }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state / 2_147_483_648) * 2 - 1;
  });
}

describe('the camera', () => {
  test('shows the whole map, with up as up', () => {
    const camera = whole(SIZE);
    expect(toScreen(camera, SIZE, 0, 0)).toEqual([100, 50]);
    expect(toScreen(camera, SIZE, 0, 1)[1]).toBeCloseTo(6);
    expect(toScreen(camera, SIZE, 1, 0)[0]).toBeLessThan(200);
  });

  test('zooms about the place under the pointer', () => {
    const camera = whole(SIZE);
    const before = toMap(camera, SIZE, 120, 40);
    const after = toMap(zoomed(camera, SIZE, 3, 120, 40), SIZE, 120, 40);
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
  });

  test('can not be lost', () => {
    const far = dragged(whole(SIZE), 1e6, -1e6);
    expect([far.x, far.y]).toEqual([-1, -1]);
    expect(zoomed(whole(SIZE), SIZE, 1e-9).scale).toBe(whole(SIZE).scale / 2);
    expect(Number.isFinite(zoomed(whole(SIZE), SIZE, 1e99).scale)).toBe(true);
  });
});

describe('the painter', () => {
  const scene = (points: number[], lit: number[] | null = null) => ({
    points: Float32Array.from(points),
    order: null,
    seen: null,
    colours: Uint8Array.from(points.slice(0, points.length / 2), (_, i) => i % 2),
    palette: Uint32Array.from([colour(255, 0, 0), colour(0, 0, 255)]),
    faint: Uint32Array.from([colour(255, 200, 200), colour(200, 200, 255)]),
    background: colour(255, 255, 255),
    lit: lit && {
      rows: Int32Array.from(lit),
      points: Float32Array.from(lit.flatMap((i) => points.slice(2 * i, 2 * i + 2))),
    },
  });

  test('a colour is red, green, blue and opaque, as an image holds it', () => {
    expect([...new Uint8Array(new Uint32Array([colour(1, 2, 3)]).buffer)]).toEqual([1, 2, 3, 255]);
  });

  test('draws each point where it lies, and nothing beyond the edges', () => {
    const pixels = new Uint32Array(SIZE.width * SIZE.height);
    paint(pixels, SIZE, scene([0, 0, 0.5, 0.5, 90, 90]), whole(SIZE));
    const [x, y] = toScreen(whole(SIZE), SIZE, 0.5, 0.5).map(Math.floor);
    expect(pixels[50 * 200 + 100]).toBe(colour(255, 0, 0));
    expect(pixels[y! * 200 + x!]).toBe(colour(0, 0, 255));
    expect(pixels[0]).toBe(colour(255, 255, 255));
    const painted = pixels.filter((pixel) => pixel !== colour(255, 255, 255)).length;
    const dot = radius(3, whole(SIZE), SIZE);
    expect(painted).toBeGreaterThan(0);
    expect(painted).toBeLessThanOrEqual(2 * (2 * dot + 1) ** 2);
  });

  test('what is lit lies over what is faint', () => {
    const pixels = new Uint32Array(SIZE.width * SIZE.height);
    paint(pixels, SIZE, scene([0, 0, 0, 0], [0]), whole(SIZE));
    expect(pixels[50 * 200 + 100]).toBe(colour(255, 0, 0));
  });

  test('a point half over the edge is cut off, not wrapped round', () => {
    const pixels = new Uint32Array(SIZE.width * SIZE.height);
    paint(pixels, SIZE, scene([0, 0]), { x: -100 / 44, y: 0, scale: 44 });
    const columns = new Set<number>();
    pixels.forEach((pixel, at) => {
      if (pixel !== colour(255, 255, 255)) columns.add(at % 200);
    });
    expect(Math.min(...columns)).toBeGreaterThan(150);
  });

  test('what lies in cells in sight is all that is painted, each in its own colour', () => {
    const [points, size] = [random(2_000), { width: 60, height: 40 }];
    const places = new Places(points);
    const colours = Uint8Array.from({ length: 2_000 }, (_, i) => i % 2);
    const camera = { x: 0.3, y: -0.2, scale: 100 };
    const by = (more: object) => {
      const pixels = new Uint32Array(size.width * size.height);
      paint(pixels, size, { ...scene([]), points, colours, ...more }, camera);
      return pixels;
    };
    const [left, right] = [0.3 - 0.4, 0.3 + 0.4];
    const seen = places.runs(left, -0.2 - 0.3, right, -0.2 + 0.3);
    const looked = seen.reduce((sum, at, i) => sum + (i % 2 ? at : -at), 0);
    expect(looked).toBeLessThan(1_000);
    const all = { points: places.points, order: places.order, colours };
    expect(by({ ...all, seen })).toEqual(by({ ...all, seen: null }));
    const painted = (pixels: Uint32Array) =>
      pixels.filter((pixel) => pixel !== colour(255, 255, 255)).length;
    expect(painted(by({ ...all, seen }))).toBe(painted(by({})));
  });

  test('a crowd is one pixel each, paler where a text is alone', () => {
    const points = random(40_000);
    const size = { width: 100, height: 100 };
    expect(radius(40_000, whole(size), size)).toBe(0);
    const pixels = new Uint32Array(100 * 100);
    const one = { ...scene([]), points, colours: new Uint8Array(40_000) };
    paint(pixels, size, one, whole(size));
    expect(new Set(pixels)).toEqual(
      new Set([colour(255, 255, 255), colour(255, 0, 0), colour(254, 127, 127)]),
    );
  });

  test('points shrink where there are many of them', () => {
    const full = { width: 1_000, height: 1_000 };
    expect(radius(100, whole(full), full)).toBe(7);
    expect(radius(1_000_000, whole(full), full)).toBeLessThanOrEqual(1);
    expect(radius(1_000_000, { ...whole(full), scale: 1e5 }, full)).toBeGreaterThan(0);
  });
});

describe('places', () => {
  const points = random(3_000);
  const places = new Places(points);
  const distance = (i: number, x: number, y: number) =>
    Math.hypot(points[2 * i]! - x, points[2 * i + 1]! - y);

  test('the nearest is that of a look at all', () => {
    for (const [x, y] of [
      [0, 0],
      [0.93, -0.41],
      [-1, 1],
    ] as const) {
      const all = [...Array(3_000).keys()].sort((a, b) => distance(a, x, y) - distance(b, x, y));
      expect(places.nearest(x, y, 0.5)).toBe(all[0]);
    }
    expect(places.nearest(0, 0, 1e-9)).toBe(null);
  });

  test('a rectangle and a lasso hold what lies in them', () => {
    const box = places.within(-0.5, -0.2, 0.1, 0.3);
    const slow = [...Array(3_000).keys()].filter(
      (i) =>
        points[2 * i]! >= -0.5 &&
        points[2 * i]! <= Math.fround(0.1) &&
        points[2 * i + 1]! >= Math.fround(-0.2) &&
        points[2 * i + 1]! <= Math.fround(0.3),
    );
    expect([...box]).toEqual(slow);
    const lasso = places.inside([-0.5, -0.5, 0.5, -0.5, 0, 0.5]);
    expect(lasso.length).toBeGreaterThan(100);
    const within = [...Array(3_000).keys()].filter((i) => {
      const [x, y] = [points[2 * i]!, points[2 * i + 1]!];
      return y >= -0.5 && y <= 0.5 && Math.abs(x) <= (0.5 - y) / 2;
    });
    expect(lasso.length).toBe(within.length);
    for (const i of lasso) {
      const [x, y] = [points[2 * i]!, points[2 * i + 1]!];
      expect(Math.abs(x)).toBeLessThanOrEqual((0.5 - y) / 2 + 1e-6);
    }
  });

  test('there may be none, or all in one place', () => {
    expect(new Places(new Float32Array()).nearest(0, 0, 1)).toBe(null);
    expect(new Places(new Float32Array(200)).nearest(0.1, 0, 1)).toBe(0);
  });
});

describe('names', () => {
  test('stand in the thickest part of a torn group', () => {
    const points = Float32Array.from([-0.9, 0, -0.88, 0, -0.89, 0.01, 0.9, 0]);
    const [group] = named(points, [0, 0, 0, 0], ['cats'], 0);
    expect(group!.x).toBeCloseTo(-0.89, 2);
    expect(group!.size).toBe(4);
  });

  test('never cover one another, the larger group first', () => {
    const groups = Array.from({ length: 40 }, (_, i) => ({
      name: `group ${i}`,
      x: ((i % 8) - 4) / 4,
      y: Math.floor(i / 8) / 4 - 0.5,
      size: 100 - i,
      level: 0,
    }));
    const labels = placed(groups, whole(SIZE), SIZE, 1, (name) => 6 * name.length);
    expect(labels[0]!.name).not.toBe('');
    expect(labels.length).toBeGreaterThan(1);
    for (const a of labels) {
      for (const b of labels) {
        if (a === b) continue;
        const apart = Math.abs(a.left - b.left) >= 40 || Math.abs(a.top - b.top) >= 16;
        expect(apart).toBe(true);
      }
    }
  });

  test('finer groups are named when one comes closer', () => {
    const groups = [0, 1, 2].map((level) => ({ name: `l${level}`, x: 0, y: 0, size: 1, level }));
    const at = (zoom: number) =>
      groups.filter((group) => placed([group], whole(SIZE), SIZE, zoom, () => 10).length).length;
    expect([at(1), at(2), at(5)]).toEqual([1, 2, 3]);
  });
});

describe('colours', () => {
  test('the eight largest groups have one of their own, the rest is grey', () => {
    const labels = Array.from({ length: 100 }, (_, i) => Math.min(9, Math.floor(i / 10)));
    const names = Array.from({ length: 10 }, (_, i) => `g${i}`);
    const { indices, legend, palette, faint } = byGroup([...labels, 9, 9], names, PAPER);
    expect(indices[101]).toBe(0); // the largest
    expect(new Set(indices).size).toBe(9);
    expect(legend.map(({ name }) => name)[0]).toBe('g9');
    expect(legend.at(-1)!.name).toBe('others');
    expect(palette.length).toBe(faint.length);
  });

  test('numbers go from low to high, and a missing one is grey', () => {
    const { indices, legend } = byNumber([1, 2, 3, NaN], PAPER, String);
    expect(indices[0]).toBe(0);
    expect(indices[2]).toBe(31);
    expect(indices[1]).toBeGreaterThan(indices[0]!);
    expect(indices[3]).toBe(32);
    expect(legend.map(({ name }) => name)).toEqual(['1', '2', '3']);
    expect(byNumber([NaN], PAPER, String).legend[0]!.name).toBe('nothing');
    const same = byNumber([5, 5], PAPER, String);
    expect([...same.indices]).toEqual([0, 0]);
    expect(same.legend.map(({ name }) => name)).toEqual(['5']);
    const years = byNumber([2010, 2025], PAPER, String);
    expect(years.legend.map(({ name }) => name)).toEqual(['2010', '2018', '2025']);
  });
});

test('a search by words asks for all of them, in any case', () => {
  const texts = ['A red Cat', 'cat', 'red dog', 'İstanbul'];
  expect(holding(texts, ' cat RED ')).toEqual(Int32Array.of(0));
  expect(holding(texts, '   ')).toBe(null);
  expect(holding(texts, '<b>')).toEqual(new Int32Array());
});

test('a lasso keeps its corners and loses what lies between them', () => {
  expect(simplified([0, 0, 0.1, 0, 0.2, 0, 1, 0, 1, 1], 0.5)).toEqual([0, 0, 1, 0, 1, 1]);
  expect(simplified([0, 0], 1)).toEqual([0, 0]);
});
