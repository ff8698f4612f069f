/** Where one looks at a map: its centre in the map's units, and pixels per unit. */
export interface Camera {
  x: number;
  y: number;
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Empty room around the whole map, as a share of the smaller side. */
const MARGIN = 0.06;

/** How much closer than the whole map one can get. */
export const CLOSEST = 2_000;

/** The camera that shows the whole map, whose points lie within −1…1. */
export function whole({ width, height }: Size): Camera {
  return { x: 0, y: 0, scale: Math.max(1, (Math.min(width, height) * (1 - 2 * MARGIN)) / 2) };
}

export function toScreen(camera: Camera, size: Size, x: number, y: number): [number, number] {
  // up in the map is up on the screen
  return [
    (x - camera.x) * camera.scale + size.width / 2,
    size.height / 2 - (y - camera.y) * camera.scale,
  ];
}

export function toMap(camera: Camera, size: Size, left: number, top: number): [number, number] {
  return [
    (left - size.width / 2) / camera.scale + camera.x,
    (size.height / 2 - top) / camera.scale + camera.y,
  ];
}

/** The camera after zooming by `factor`, with the place under (left, top) staying where it is. */
export function zoomed(
  camera: Camera,
  size: Size,
  factor: number,
  left = size.width / 2,
  top = size.height / 2,
): Camera {
  const all = whole(size).scale;
  const scale = Math.min(Math.max(camera.scale * factor, all / 2), all * CLOSEST);
  const [x, y] = toMap(camera, size, left, top);
  const [dx, dy] = [left - size.width / 2, size.height / 2 - top];
  return kept({ x: x - dx / scale, y: y - dy / scale, scale });
}

/** The camera after the map was dragged by some pixels. */
export function dragged(camera: Camera, dx: number, dy: number): Camera {
  return kept({ ...camera, x: camera.x - dx / camera.scale, y: camera.y + dy / camera.scale });
}

/** A map can't be dragged out of sight: its centre stays over the points. */
function kept(camera: Camera): Camera {
  const within = (value: number) => Math.min(1, Math.max(-1, value));
  return { x: within(camera.x), y: within(camera.y), scale: camera.scale };
}
