import { describe, expect, test } from 'vitest';
import { edges, gridFor } from '../src/charts/grid';
import { fixed, percent } from '../src/charts/numbers';
import { fullScale, signedPower } from '../src/charts/scale';

describe('signed power scale', () => {
  test('is odd, zero at zero and full at the end', () => {
    expect(signedPower(0, 0.15)).toBe(0);
    expect(signedPower(0.15, 0.15)).toBe(1);
    expect(signedPower(-0.15, 0.15)).toBe(-1);
    expect(signedPower(-0.03, 0.15)).toBe(-signedPower(0.03, 0.15));
  });

  test('is clamped, not wrapped', () => {
    expect(signedPower(9, 0.15)).toBe(1);
    expect(signedPower(-9, 0.15)).toBe(-1);
  });

  test('lifts small numbers and keeps their order', () => {
    const places = [0.001, 0.01, 0.05, 0.1].map((value) => signedPower(value, 0.15));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[1]).toBeCloseTo((0.01 / 0.15) ** 0.6, 12);
    expect(places[1]).toBeGreaterThan(0.01 / 0.15);
  });

  test('is full at three root mean squares of a unit vector', () => {
    expect(fullScale(384)).toBeCloseTo(0.1531, 4);
  });
});

describe('grid', () => {
  test('holds every number once and no row is empty', () => {
    for (const dims of [1, 2, 256, 384, 385, 768, 1024]) {
      for (const width of [200, 330, 720, 1400]) {
        const { columns, rows } = gridFor(dims, width);
        expect(columns * rows).toBeGreaterThanOrEqual(dims);
        expect(columns * (rows - 1)).toBeLessThan(dims);
      }
    }
  });

  test('a narrow screen gets more rows', () => {
    expect(gridFor(384, 720)).toEqual({ columns: 96, rows: 4 });
    expect(gridFor(384, 330)).toEqual({ columns: 64, rows: 6 });
  });

  test('edges are whole pixels that fill the length', () => {
    const found = edges(96, 719);
    expect(found[0]).toBe(0);
    expect(found[96]).toBe(719);
    expect(found.every(Number.isInteger)).toBe(true);
    const widths = found.slice(1).map((edge, i) => edge - found[i]!);
    expect(new Set(widths)).toEqual(new Set([7, 8]));
  });
});

describe('numbers', () => {
  test('have a true minus sign and no negative zero', () => {
    expect(fixed(-0.0312, 3)).toBe('\u22120.031');
    expect(fixed(-0.0001, 3)).toBe('0.000');
    expect(fixed(0.7041, 3)).toBe('0.704');
  });

  test.each([
    [93.4, '93 %'],
    [92.99999999999999, '93 %'],
    [93.999, '93 %'],
    [99, '99 %'],
    [99.39, 'over 99 %'],
    [100, 'over 99 %'],
    [0.46, 'under 1 %'],
    [0, 'under 1 %'],
  ])('a percentile of %f reads %s: rounded down, never all', (percentile, shown) => {
    expect(percent(percentile)).toBe(shown);
  });
});
