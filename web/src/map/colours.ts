import { colour } from './painter';

/** What colours the points: an index for each, and what the indices mean. */
export interface Colouring {
  indices: Uint8Array;
  palette: Uint32Array;
  faint: Uint32Array;
  legend: { name: string; css: string }[];
  /** Whether each name of the legend stands for the texts whose index is its place. */
  groups: boolean;
}

type Rgb = readonly [number, number, number];

/** Okabe and Ito (2008), safe for colour-blind eyes; black is left out, grey is for the rest. */
const CATEGORIES: Rgb[] = [
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [213, 94, 0],
  [178, 165, 30],
  [120, 94, 190],
];
const REST: Rgb = [140, 136, 128];

/** From low to high: orange over grey to blue, which every common kind of eye keeps apart. */
const LOW: Rgb = [204, 85, 0];
const MIDDLE: Rgb = [168, 160, 148];
const HIGH: Rgb = [0, 104, 178];
const SHADES = 32;

/** How far a point that is not lit fades into the background. */
const FADED = 0.82;

/** Colours for named groups: the largest eight have one of their own. */
export function byGroup(labels: ArrayLike<number>, names: string[], paper: Rgb): Colouring {
  const sizes = new Float64Array(names.length);
  for (let i = 0; i < labels.length; i++) sizes[labels[i]!]!++;
  const order = names.map((_, group) => group).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const place = new Uint8Array(names.length).fill(CATEGORIES.length);
  order.slice(0, CATEGORIES.length).forEach((group, rank) => (place[group] = rank));
  const indices = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) indices[i] = place[labels[i]!]!;
  const colours = [...CATEGORIES, REST];
  const legend = order
    .slice(0, CATEGORIES.length)
    .map((group, rank) => ({ name: names[group]!, css: css(colours[rank]!) }));
  if (names.length > CATEGORIES.length) legend.push({ name: 'others', css: css(REST) });
  return { indices, ...palettes(colours, paper), legend, groups: true };
}

/** Colours for numbers, low to high; one that is missing is grey. */
export function byNumber(
  values: ArrayLike<number>,
  paper: Rgb,
  name: (value: number) => string,
  range?: [number, number],
): Colouring {
  let [low, high] = range ?? [Infinity, -Infinity];
  if (!range) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  const width = high > low ? high - low : 1;
  const colours = Array.from({ length: SHADES }, (_, i) => {
    const share = i / (SHADES - 1);
    return share < 0.5 ? mixed(LOW, MIDDLE, 2 * share) : mixed(MIDDLE, HIGH, 2 * share - 1);
  });
  const indices = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const share = (values[i]! - low) / width;
    indices[i] = Number.isFinite(share)
      ? Math.round(Math.min(1, Math.max(0, share)) * (SHADES - 1))
      : SHADES;
  }
  const legend = (high > low ? [low, middle(low, high), high] : [low]).map((value, i) => ({
    name: Number.isFinite(value) ? name(value) : 'nothing',
    css: css(colours[Math.round((i / 2) * (SHADES - 1))]!),
  }));
  return { indices, ...palettes([...colours, REST], paper), legend, groups: false };
}

/** What lies between; a whole number between whole numbers that are far enough apart. */
function middle(low: number, high: number): number {
  const half = (low + high) / 2;
  return Number.isInteger(low) && Number.isInteger(high) && high - low > 8
    ? Math.round(half)
    : half;
}

function palettes(colours: Rgb[], paper: Rgb): Pick<Colouring, 'palette' | 'faint'> {
  return {
    palette: Uint32Array.from(colours, (rgb) => colour(...rgb)),
    faint: Uint32Array.from(colours, (rgb) => colour(...mixed(rgb, paper, FADED))),
  };
}

function mixed(from: Rgb, to: Rgb, share: number): Rgb {
  return [0, 1, 2].map((i) => Math.round(from[i]! + (to[i]! - from[i]!) * share)) as never;
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}
