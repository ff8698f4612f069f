import type { Camera, Size } from './camera';
import { toScreen } from './camera';

/** A group of texts with a name, as it may stand on the map. */
export interface Named {
  name: string;
  /** Where most of it lies, in the map's units. */
  x: number;
  y: number;
  /** How many texts. */
  size: number;
  /** 0 for the coarsest division. */
  level: number;
}

export interface Label extends Named {
  left: number;
  top: number;
}

/** Cells on a side in which the thickest part of a group is looked for. */
const CELLS = 24;

/** From how much zoom on a finer division is named: each group then fills about as much room. */
const ZOOM_FOR_LEVEL = [0, 1.8, 4];

/** Room between two labels, in pixels. */
const APART = 6;

/**
 * The named groups of one division: each stands in its thickest part, since a group may be torn.
 *
 * @param labels the group of each point
 * @param names the name of each group
 */
export function named(
  points: Float32Array,
  labels: ArrayLike<number>,
  names: string[],
  level: number,
): Named[] {
  const counts = names.map(() => new Map<number, number>());
  const sizes = names.map(() => 0);
  const cellOf = (i: number) => {
    const place = (value: number) => Math.min(CELLS - 1, Math.floor(((value + 1) / 2) * CELLS));
    return place(points[2 * i + 1]!) * CELLS + place(points[2 * i]!);
  };
  for (let i = 0; i < labels.length; i++) {
    const group = labels[i]!;
    const cell = cellOf(i);
    sizes[group]!++;
    counts[group]!.set(cell, (counts[group]!.get(cell) ?? 0) + 1);
  }
  const thickest = counts.map((cells) => {
    let [best, most] = [0, -1];
    for (const [cell, count] of cells) {
      if (count > most || (count === most && cell < best)) [best, most] = [cell, count];
    }
    return best;
  });
  const sums = names.map(() => [0, 0, 0] as [number, number, number]);
  for (let i = 0; i < labels.length; i++) {
    const group = labels[i]!;
    if (cellOf(i) !== thickest[group]) continue;
    const sum = sums[group]!;
    sum[0] += points[2 * i]!;
    sum[1] += points[2 * i + 1]!;
    sum[2]++;
  }
  return names.flatMap((name, group) => {
    const [x, y, count] = sums[group]!;
    if (!name || !count) return [];
    return [{ name, x: x / count, y: y / count, size: sizes[group]!, level }];
  });
}

/**
 * The labels that stand at this zoom, none over another: coarse and large groups first.
 *
 * @param width how wide a name is, in pixels
 */
export function placed(
  groups: Named[],
  camera: Camera,
  size: Size,
  zoom: number,
  width: (name: string) => number,
  height = 16,
): Label[] {
  const order = groups
    .filter(({ level }) => zoom >= (ZOOM_FOR_LEVEL[level] ?? Infinity))
    .sort((a, b) => a.level - b.level || b.size - a.size || a.name.localeCompare(b.name));
  const taken: [number, number, number, number][] = [];
  const found: Label[] = [];
  for (const group of order) {
    const [left, top] = toScreen(camera, size, group.x, group.y);
    const half = width(group.name) / 2;
    const box: [number, number, number, number] = [
      left - half - APART,
      top - height / 2 - APART / 2,
      left + half + APART,
      top + height / 2 + APART / 2,
    ];
    if (box[0] < 0 || box[1] < 0 || box[2] > size.width || box[3] > size.height) continue;
    if (taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    found.push({ ...group, left, top });
  }
  return found;
}

type Box = [number, number, number, number];

function overlap(a: Box, b: Box): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}
