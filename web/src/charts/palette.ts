/**
 * Diverging palettes: below zero, zero, above zero.
 *
 * Blue–orange differs in the one direction that every common kind of colour blindness keeps.
 * Steps are even in OKLab, so equal differences look equal.
 */

export type Rgb = readonly [number, number, number];

export interface Diverging {
  below: Rgb;
  zero: Rgb;
  above: Rgb;
}

export const BLUE_ORANGE: Record<'light' | 'dark', Diverging> = {
  light: { below: [16, 76, 150], zero: [243, 239, 231], above: [196, 84, 4] },
  dark: { below: [116, 180, 250], zero: [38, 35, 30], above: [250, 152, 66] },
};

/** For those who know it so; not safe for every eye. */
export const RED_GREEN: Record<'light' | 'dark', Diverging> = {
  light: { below: [176, 28, 38], zero: [243, 239, 231], above: [14, 122, 62] },
  dark: { below: [250, 116, 108], zero: [38, 35, 30], above: [84, 200, 122] },
};

export const PALETTES = { 'blue–orange': BLUE_ORANGE, 'red–green': RED_GREEN };

export type PaletteName = keyof typeof PALETTES;

export const PALETTE_NAMES = Object.keys(PALETTES) as PaletteName[];

const STEPS = 255;

/** 511 colours as CSS strings; index 255 is zero. */
export function colourTable({ below, zero, above }: Diverging): string[] {
  const [b, z, a] = [toOklab(below), toOklab(zero), toOklab(above)];
  return Array.from({ length: 2 * STEPS + 1 }, (_, i) => {
    const t = (i - STEPS) / STEPS;
    const [red, green, blue] = toRgb(mix(z, t < 0 ? b : a, Math.abs(t)));
    return `rgb(${red},${green},${blue})`;
  });
}

/** Index into a colour table for a place on the scale, −1…1. */
export function colourIndex(place: number): number {
  return Math.round(place * STEPS) + STEPS;
}

type Lab = readonly [number, number, number];

function mix(from: Lab, to: Lab, share: number): Lab {
  return [0, 1, 2].map((i) => from[i]! + (to[i]! - from[i]!) * share) as unknown as Lab;
}

// OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020).

function toOklab(colour: Rgb): Lab {
  const [r, g, b] = colour.map(linear) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toRgb([lightness, a, b]: Lab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function gamma(c: number): number {
  const v = c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, v)));
}

/** Black or white, whichever can be read on a colour (contrast of WCAG 2). */
export function inkOn(colour: string): string {
  const [r = 0, g = 0, b = 0] = colour.match(/\d+/g)!.map((channel) => linear(Number(channel)));
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return luminance > 0.179 ? '#000' : '#fff';
}
