import { describe, expect, test } from 'vitest';
import { bytes, ranks, squeeze } from '../src/vectors/budget';
import { combine, cosine, descending, running, shares } from '../src/vectors/cosine';
import { aligned } from '../src/vectors/align';
import { seriate } from '../src/vectors/seriate';
import { between, stretches } from '../src/vectors/walk';

const random = (seed: number) => () => ((seed = (seed * 16807) % 2147483647) / 2147483647) * 2 - 1;
const vector = (seed: number, dims = 384) => {
  const next = random(seed);
  return Float32Array.from({ length: dims }, next);
};

describe('shares', () => {
  test('add up to the cosine to 1e-6, in any order', () => {
    const [a, b] = [vector(3), vector(4)];
    const parts = shares(a, b);
    expect(running(parts).at(-1)).toBeCloseTo(cosine(a, b), 9);
    const sorted = descending(parts).map((i) => parts[i]!);
    expect(running(sorted).at(-1)).toBeCloseTo(cosine(a, b), 9);
    expect(sorted).toEqual([...sorted].sort((x, y) => y - x));
  });
});

describe('combine', () => {
  test('is the signed sum at unit length', () => {
    expect([
      ...combine(
        [
          [1, 0, 0],
          [0, 1, 0],
          [1, 0, 0],
        ],
        [1, 1, -1],
      )!,
    ]).toEqual([0, 1, 0]);
    const found = combine(
      [
        [3, 0],
        [0, 4],
      ],
      [1, 1],
    )!;
    expect([...found]).toEqual([0.6, 0.8]);
  });

  test('what cancels out has no direction', () => {
    expect(
      combine(
        [
          [1, 0],
          [1, 0],
        ],
        [1, -1],
      ),
    ).toBeNull();
  });
});

describe('seriate', () => {
  test('finds a hidden line', () => {
    const hidden = [4, 0, 7, 2, 6, 1, 5, 3];
    const matrix = hidden.map((a) => hidden.map((b) => 1 - Math.abs(a - b) / 8));
    const places = seriate(matrix).map((i) => hidden[i]!);
    expect([places.join(''), [...places].reverse().join('')]).toContain('01234567');
  });

  test('is an order of all, for any size', () => {
    for (const n of [0, 1, 2, 3, 40]) {
      const next = random(n + 1);
      const matrix = Array.from({ length: n }, () => Array.from({ length: n }, next));
      expect([...seriate(matrix)].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
    }
  });
});

describe('budget', () => {
  test('bytes of a vector', () => {
    expect(bytes({ dims: 384, precision: 'float32' })).toBe(1536);
    expect(bytes({ dims: 384, precision: 'int8' })).toBe(384);
    expect(bytes({ dims: 384, precision: 'bit' })).toBe(48);
  });

  test('the full budget changes nothing', () => {
    const vectors = [1, 2, 3, 4].map((seed) => vector(seed));
    const full = vectors.map((v) => squeeze(v, { dims: 384, precision: 'float32' }));
    expect(ranks(full)).toEqual(ranks(vectors));
  });

  test('int8 is off by at most half a step, a bit keeps the sign only', () => {
    const v = vector(5);
    const most = Math.max(...v.map(Math.abs));
    squeeze(v, { dims: 384, precision: 'int8' }).forEach((value, i) => {
      expect(Math.abs(value - v[i]!)).toBeLessThanOrEqual(most / 254 + 1e-9);
    });
    expect([...squeeze([0.2, -0.1, 0.3], { dims: 2, precision: 'bit' })]).toEqual([1, -1]);
  });

  test('ranks count from the most similar to the first', () => {
    expect(
      ranks([
        [1, 0],
        [0, 1],
        [1, 0.1],
        [1, 1],
      ]).map(({ rank }) => rank),
    ).toEqual([3, 1, 2]);
  });
});

describe('a picture laid over another', () => {
  const onto = [
    [1, 0],
    [0, 2],
    [-3, 1],
  ];
  const turn = (angle: number, side: number) =>
    onto.map(([x, y]) => [
      x! * Math.cos(angle) - y! * Math.sin(angle),
      side * (x! * Math.sin(angle) + y! * Math.cos(angle)),
    ]);

  test.each([
    [0.7, 1],
    [-2.5, 1],
    [1.2, -1],
  ])('is found again, turned by %f, side %i', (angle, side) => {
    aligned(turn(angle, side), onto).forEach((point, i) => {
      expect(point[0]).toBeCloseTo(onto[i]![0]!, 9);
      expect(point[1]).toBeCloseTo(onto[i]![1]!, 9);
    });
  });

  test('keeps its distances', () => {
    const other = [
      [2, 1],
      [0, 0],
      [1, -1],
    ];
    const laid = aligned(other, onto);
    const length = (points: number[][], i: number, j: number) =>
      Math.hypot(points[i]![0]! - points[j]![0]!, points[i]![1]! - points[j]![1]!);
    for (const [i, j] of [
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const)
      expect(length(laid, i, j)).toBeCloseTo(length(other, i, j), 9);
  });
});

describe('the line between two vectors', () => {
  const [right, up] = [
    [1, 0],
    [0, 1],
  ];

  test('is met by the nearest others, each on a stretch of its own', () => {
    const angle = (degrees: number) => [
      Math.cos((degrees * Math.PI) / 180),
      Math.sin((degrees * Math.PI) / 180),
    ];
    const met = stretches(right!, up!, [angle(80), angle(45), angle(200), angle(10)]);
    expect(met.map(({ nearest }) => nearest)).toEqual([3, 1, 0]);
    expect(met[0]!.from).toBe(0);
    expect(met.at(-1)!.to).toBe(1);
    for (let i = 1; i < met.length; i++) expect(met[i]!.from).toBe(met[i - 1]!.to);
    // 27.5 degrees are at t with tan 27.5° = t / (1 − t)
    const t = Math.tan((27.5 * Math.PI) / 180);
    expect(met[0]!.to).toBeCloseTo(t / (1 + t), 1);
  });

  test('has unit length, and no direction where the ends cancel out', () => {
    const middle = between(right!, up!, 0.5)!;
    expect(Math.hypot(...middle)).toBeCloseTo(1, 9);
    expect(between(right!, [-1, 0], 0.5)).toBeNull();
    expect(stretches(right!, up!, [])).toEqual([]);
  });
});
