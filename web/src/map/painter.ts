import type { Camera, Size } from './camera';

/**
 * Draws points into pixels, without a graphics card: a million of them in a few dozen
 * milliseconds on any machine, where renderers that need WebGPU draw nothing.
 */

/** What is drawn: n points, the colour of each, and which are lit while the others are faint. */
export interface Scene {
  /** x and y in turn, 2n numbers within −1…1. */
  points: Float32Array;
  /** Index into `palette` for each point. */
  colours: Uint8Array;
  /** Colours as one number, as `colour` makes them. */
  palette: Uint32Array;
  /** Colours of the points that are not lit. */
  faint: Uint32Array;
  background: number;
  /** 1 for each point that is lit; null where none is singled out. */
  lit: Uint8Array | null;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** A colour as the 32 bits that it is in an ImageData. */
export function colour(red: number, green: number, blue: number): number {
  return LITTLE_ENDIAN
    ? ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
    : ((red << 24) | (green << 16) | (blue << 8) | 255) >>> 0;
}

/** The radius of a point in pixels: dots that fill about a tenth of the room, 1 to 7 px. */
export function radius(points: number, camera: Camera, size: Size): number {
  const side = 2 * camera.scale;
  const room = Math.min(side * side, size.width * size.height * 8);
  const fair = Math.sqrt((0.1 * room) / Math.max(1, points) / Math.PI);
  return Math.round(Math.min(7, Math.max(0.5, fair)));
}

/** Paint the scene into `pixels`, one number for each pixel, row by row. */
export function paint(pixels: Uint32Array, size: Size, scene: Scene, camera: Camera): void {
  pixels.fill(scene.background);
  const dot = radius(scene.points.length / 2, camera, size);
  if (!scene.lit) {
    layer(pixels, size, scene, camera, dot, scene.palette, null, 0);
    return;
  }
  // what is lit lies on top, a little larger
  layer(pixels, size, scene, camera, dot, scene.faint, scene.lit, 0);
  layer(pixels, size, scene, camera, Math.max(2, dot + 1), scene.palette, scene.lit, 1);
}

function layer(
  pixels: Uint32Array,
  { width, height }: Size,
  { points, colours }: Scene,
  camera: Camera,
  dot: number,
  palette: Uint32Array,
  lit: Uint8Array | null,
  wanted: number,
): void {
  const spans = disc(dot);
  const { x: cx, y: cy, scale } = camera;
  const [left, top] = [width / 2, height / 2];
  for (let i = 0, n = colours.length; i < n; i++) {
    if (lit !== null && lit[i] !== wanted) continue;
    const x = Math.floor((points[2 * i]! - cx) * scale + left);
    const y = Math.floor(top - (points[2 * i + 1]! - cy) * scale);
    if (x < -dot || y < -dot || x >= width + dot || y >= height + dot) continue;
    const value = palette[colours[i]!]!;
    if (dot === 0) {
      if (x >= 0 && y >= 0 && x < width && y < height) pixels[y * width + x] = value;
      continue;
    }
    for (let row = 0; row < spans.length; row++) {
      const py = y + row - dot;
      if (py < 0 || py >= height) continue;
      const half = spans[row]!;
      const from = Math.max(0, x - half);
      const to = Math.min(width - 1, x + half);
      for (let at = py * width + from, end = py * width + to; at <= end; at++) pixels[at] = value;
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
