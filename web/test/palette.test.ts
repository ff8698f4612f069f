import { describe, expect, test } from 'vitest';
import { BLUE_ORANGE, type Rgb, colourIndex, colourTable } from '../src/charts/palette';

const css = ([r, g, b]: Rgb) => `rgb(${r},${g},${b})`;
const parse = (colour: string) => colour.match(/\d+/g)!.map(Number);

describe.each(['light', 'dark'] as const)('blue–orange, %s', (scheme) => {
  const palette = BLUE_ORANGE[scheme];
  const table = colourTable(palette);

  test('ends and middle are the stated colours', () => {
    expect(table).toHaveLength(511);
    expect(table[colourIndex(-1)]).toBe(css(palette.below));
    expect(table[colourIndex(0)]).toBe(css(palette.zero));
    expect(table[colourIndex(1)]).toBe(css(palette.above));
  });

  test('steps are small everywhere', () => {
    for (let i = 1; i < table.length; i++) {
      const [a, b] = [parse(table[i - 1]!), parse(table[i]!)];
      expect(Math.max(...a.map((channel, k) => Math.abs(channel - b[k]!)))).toBeLessThanOrEqual(4);
    }
  });

  test('signs stay apart for eyes without red or without green receptors', () => {
    for (const confuse of [deuteranopia, protanopia]) {
      const [below, above] = [confuse(palette.below), confuse(palette.above)];
      expect(Math.hypot(...below.map((channel, i) => channel - above[i]!))).toBeGreaterThan(100);
    }
  });
});

// Viénot, Brettel & Mollon (1999), on linear RGB of 0…255
const linear = (c: number) => 255 * (c / 255) ** 2.2;
const gamma = (c: number) => 255 * (Math.max(0, c) / 255) ** (1 / 2.2);

function deuteranopia(colour: Rgb): number[] {
  const [r, g, b] = colour.map(linear) as [number, number, number];
  const mixed = 0.29275 * r + 0.70725 * g;
  return [mixed, mixed, -0.02234 * r + 0.02234 * g + b].map(gamma);
}

function protanopia(colour: Rgb): number[] {
  const [r, g, b] = colour.map(linear) as [number, number, number];
  const mixed = 0.11238 * r + 0.88762 * g;
  return [mixed, mixed, 0.00401 * r - 0.00401 * g + b].map(gamma);
}
