import type { Camera, Size } from './camera';

/**
 * Draws points into pixels, without a graphics card: a million of them in a few dozen
 * milliseconds on any machine, where renderers that need WebGPU draw nothing.
 *
 * What costs is reaching pixels that are not in the processor's cache. So points that lie in the
 * same place are drawn one after the other, those out of sight are never looked at, and where
 * there are far more points than room each takes one pixel.
 */

/** What is drawn: n points, the colour of each, and which are lit while the others are faint. */
export interface Scene {
  /** x and y in turn, 2n numbers within −1…1; in any order. */
  points: Float32Array;
  /** The row of each of the points; null where the i-th is row i. */
  order: Uint32Array | null;
  /** From where to where `points` lie in sight, in turn; null for all of them. */
  seen: number[] | null;
  /** Index into `palette` for each row. */
  colours: Uint8Array;
  /** Colours as one number, as `colour` makes them. */
  palette: Uint32Array;
  /** Colours of the points that are not lit. */
  faint: Uint32Array;
  background: number;
  /** Pixels of the screen for each of the page's, which dots grow with; 1 by default. */
  ratio?: number;
  /** The points of single rows that are lit, and their rows; null where none is singled out. */
  lit: { points: Float32Array; rows: Int32Array } | null;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** A colour as the 32 bits that it is in an ImageData. */
export function colour(red: number, green: number, blue: number): number {
  return LITTLE_ENDIAN
    ? ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
    : ((red << 24) | (green << 16) | (blue << 8) | 255) >>> 0;
}

/** From how many points for each pixel of room on a dot is one pixel. */
const CROWDED = 0.5;

/** The radius of a point in pixels: dots fill about a tenth of the room; 0 is a single pixel. */
export function radius(points: number, camera: Camera, size: Size, ratio = 1): number {
  const side = 2 * camera.scale;
  const room = Math.min(side * side, size.width * size.height * 8);
  if (points > CROWDED * room) return 0;
  const fair = Math.sqrt((0.1 * room) / Math.max(1, points) / Math.PI);
  return Math.round(Math.min(7 * ratio, Math.max(0.5, fair)));
}

/** Paint the scene into `pixels`, one number for each pixel, row by row. */
export function paint(pixels: Uint32Array, size: Size, scene: Scene, camera: Camera): void {
  pixels.fill(scene.background);
  const { points, order, colours, lit } = scene;
  const dot = radius(points.length / 2, camera, size, scene.ratio);
  const all = { points, rows: order, colours };
  const seen = scene.seen ?? [0, points.length / 2];
  const palette = lit ? scene.faint : scene.palette;
  const alone = palette.map((value) => halfway(value, scene.background));
  for (let i = 0; i < seen.length; i += 2) {
    const [from, to] = [seen[i]!, seen[i + 1]!];
    if (dot > 0) dots(pixels, size, all, from, to, camera, dot, palette);
    else specks(pixels, size, all, from, to, camera, palette, alone, scene.background);
  }
  if (!lit) return;
  // what is lit lies on top, a little larger, and a few have an edge that is seen on any colour
  const above = { ...lit, colours };
  const count = lit.rows.length;
  const larger = Math.max(count > MANY ? 1 : 2, dot + 1);
  if (count <= MANY) {
    const edge = scene.palette.map(() => inverse(scene.background));
    dots(pixels, size, above, 0, count, camera, larger + Math.ceil(scene.ratio ?? 1), edge);
  }
  dots(pixels, size, above, 0, count, camera, larger, scene.palette);
}

/** From how many on lit points have no edge. */
const MANY = 5_000;

interface Layer {
  points: Float32Array;
  rows: ArrayLike<number> | null;
  colours: Uint8Array;
}

/** One pixel for each point: paler for one alone, so that one sees where many lie together. */
function specks(
  pixels: Uint32Array,
  { width, height }: Size,
  { points, rows, colours }: Layer,
  from: number,
  to: number,
  { x: cx, y: cy, scale }: Camera,
  palette: Uint32Array,
  alone: Uint32Array,
  background: number,
): void {
  const left = width / 2 - cx * scale;
  const top = height / 2 + cy * scale;
  for (let i = from; i < to; i++) {
    const x = points[2 * i]! * scale + left;
    const y = top - points[2 * i + 1]! * scale;
    if (!(x >= 0 && y >= 0 && x < width && y < height)) continue;
    const at = (y | 0) * width + (x | 0);
    const index = colours[rows === null ? i : rows[i]!]!;
    pixels[at] = pixels[at] === background ? alone[index]! : palette[index]!;
  }
}

/** A disc for each point. */
function dots(
  pixels: Uint32Array,
  { width, height }: Size,
  { points, rows, colours }: Layer,
  from: number,
  to: number,
  { x: cx, y: cy, scale }: Camera,
  dot: number,
  palette: Uint32Array,
): void {
  const spans = disc(dot);
  const steps = offsets(spans, dot, width);
  const left = width / 2 - cx * scale;
  const top = height / 2 + cy * scale;
  for (let i = from; i < to; i++) {
    const x = Math.floor(points[2 * i]! * scale + left);
    const y = Math.floor(top - points[2 * i + 1]! * scale);
    if (x < -dot || y < -dot || x >= width + dot || y >= height + dot) continue;
    const value = palette[colours[rows === null ? i : rows[i]!]!]!;
    if (x >= dot && y >= dot && x < width - dot && y < height - dot) {
      const at = y * width + x;
      for (let k = 0; k < steps.length; k++) pixels[at + steps[k]!] = value;
      continue;
    }
    for (let row = 0; row < spans.length; row++) {
      const py = y + row - dot;
      if (py < 0 || py >= height) continue;
      const half = spans[row]!;
      const first = py * width + Math.max(0, x - half);
      const last = py * width + Math.min(width - 1, x + half);
      for (let at = first; at <= last; at++) pixels[at] = value;
    }
  }
}

/** Half the width of each row of a disc. */
function disc(dot: number): Int32Array {
  const reach = dot + 0.3;
  return Int32Array.from({ length: 2 * dot + 1 }, (_, row) =>
    Math.floor(Math.sqrt(Math.max(0, reach * reach - (row - dot) * (row - dot)))),
  );
}

/** How far each pixel of a disc is from its middle, in pixels that are counted through. */
function offsets(spans: Int32Array, dot: number, width: number): Int32Array {
  const found: number[] = [];
  spans.forEach((half, row) => {
    for (let x = -half; x <= half; x++) found.push((row - dot) * width + x);
  });
  return Int32Array.from(found);
}

/** The colour that is furthest from a background: white on dark ones, black on light ones. */
function inverse(background: number): number {
  const [red, green, blue] = new Uint8Array(Uint32Array.of(background).buffer).subarray(
    LITTLE_ENDIAN ? 0 : 1,
  );
  return red! + green! + blue! > 382 ? colour(33, 29, 23) : colour(241, 236, 226);
}

/** The colour in the middle of two. */
function halfway(one: number, other: number): number {
  return ((((one >>> 1) & 0x7f7f7f7f) + ((other >>> 1) & 0x7f7f7f7f)) | OPAQUE) >>> 0;
}

const OPAQUE = LITTLE_ENDIAN ? 0xff000000 : 0x000000ff;
