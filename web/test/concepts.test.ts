import { describe, expect, test } from 'vitest';
import { judge } from '../src/vectors/concepts';
import { percentile, spread } from '../src/vectors/percentile';

describe('percentile', () => {
  const scale = { levels: [0, 25, 50, 75, 100], quantiles: [-0.2, 0, 0.1, 0.2, 0.6] };

  test('is linear between quantiles and stays within 0 and 100', () => {
    expect([-0.9, -0.2, -0.1, 0, 0.15, 0.6, 0.9].map((c) => percentile(scale, c))).toEqual([
      0,
      0,
      12.5,
      25,
      expect.closeTo(62.5, 9),
      100,
      100,
    ]);
  });

  test('of pairs that are exactly as similar, half count', () => {
    // the sha256 encoder has few different cosines; numpy gives the same numbers
    const ties = { levels: [0, 20, 40, 60, 80, 100], quantiles: [-1, 0, 0, 0, 1, 1] };
    expect(percentile(ties, 0)).toBe(40);
    expect(percentile(ties, 1)).toBe(90);
    expect(percentile(ties, 0.5)).toBe(65);
    expect(percentile(ties, -0.5)).toBe(20);
  });
});

test('spread is half the middle two thirds', () => {
  const levels = Array.from({ length: 1001 }, (_, i) => i / 10);
  const quantiles = levels.map((level) => level / 100);
  expect(spread({ levels, quantiles })).toBeCloseTo(0.341, 3);
});

describe('judge', () => {
  const [x, y] = [
    [1, 0, 0],
    [0, 1, 0],
  ];

  test('names the closest, and by how much', () => {
    const verdict = judge([0.6, 0.8, 0], [x, y], null);
    expect(verdict).toEqual({
      similarities: [0.6, 0.8],
      winner: 1,
      margin: expect.closeTo(0.2, 12),
      chance: null,
    });
  });

  test('chance grows with the distance of the concepts', () => {
    expect(judge([1, 0, 0], [x, y], 0.1).chance).toBeCloseTo(1.96 * 0.1 * Math.SQRT2, 12);
    expect(judge([1, 0, 0], [x, x], 0.1).chance).toBe(0);
  });

  test('of a thousand random texts about one in twenty is above chance', () => {
    let seed = 7;
    const uniform = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const unit = () => {
      const v = Array.from({ length: 64 }, normal);
      const length = Math.hypot(...v);
      return v.map((value) => value / length);
    };
    const concepts = [unit(), unit()];
    const above = Array.from({ length: 1000 }, () => judge(unit(), concepts, 1 / 8)).filter(
      (verdict) => verdict.margin > verdict.chance!,
    );
    expect(above.length).toBeGreaterThan(25);
    expect(above.length).toBeLessThan(80);
  });
});
