/** What fingers, mouse and keys on a map mean. */

import type { Camera, Size } from './camera';
import { dragged, toMap, whole, zoomed } from './camera';

/** What dragging does: it moves the map, or draws around what is to be selected. */
export type Mode = 'move' | 'lasso' | 'box';

/** What the gestures act upon. */
export interface Target {
  camera: Camera;
  readonly size: Size;
  mode: Mode;
  /** Whether something can be selected at all. */
  readonly selects: boolean;
  move(camera: Camera): void;
  /** The pointer is over a place of the element, or has left it. */
  point(at: Place | null): void;
  /** A place was clicked or tapped. */
  click(at: Place): void;
  /** A shape is being drawn, in the map's units; null where none is any longer. */
  sketch(path: number[] | null): void;
  /** A shape was drawn. */
  select(path: number[]): void;
  /** To the next text that is in sight, or to the one before. */
  step(by: 1 | -1): void;
  choose(): void;
  leave(): void;
}

export interface Place {
  left: number;
  top: number;
}

const STEP = 60; // pixels that an arrow key moves the map
const ZOOM_KEY = 1.4;
const CLICK = 4; // pixels that a pointer may move and still click
const FINGER = 10; // the same for a finger

export function listen(canvas: HTMLCanvasElement, target: Target): void {
  const pointers = new Map<number, Place>();
  let path: number[] | null = null;
  let started: Place = { left: 0, top: 0 };
  let travelled = 0;
  let fingers = 0;

  const placeOf = (event: MouseEvent): Place => ({ left: event.offsetX, top: event.offsetY });
  const onMap = ({ left, top }: Place) => toMap(target.camera, target.size, left, top);

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture?.(event.pointerId);
    pointers.set(event.pointerId, placeOf(event));
    fingers = pointers.size === 1 ? 1 : Math.max(fingers, pointers.size);
    if (pointers.size > 1) {
      path = null;
      target.sketch(null);
      return;
    }
    travelled = 0;
    started = placeOf(event);
    path = target.selects && (event.shiftKey || target.mode !== 'move') ? onMap(started) : null;
  });

  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    const now = placeOf(event);
    if (!before) {
      if (event.pointerType !== 'touch') target.point(now);
      return;
    }
    travelled += Math.hypot(now.left - before.left, now.top - before.top);
    if (path) {
      path = target.mode === 'box' ? corners(started, now) : [...path, ...onMap(now)];
      target.sketch(path);
    } else if (pointers.size === 2) {
      const other = [...pointers].find(([key]) => key !== event.pointerId)![1];
      target.move(pinched(target, before, now, other));
    } else if (travelled > reach(event)) {
      target.move(dragged(target.camera, now.left - before.left, now.top - before.top));
    }
    pointers.set(event.pointerId, now);
  });

  canvas.addEventListener('pointerup', (event) => {
    if (!pointers.delete(event.pointerId)) return;
    const drawn = path;
    path = null;
    if (drawn && travelled > reach(event)) {
      target.sketch(null);
      target.select(drawn);
    } else if (travelled <= reach(event) && fingers === 1) {
      target.sketch(null);
      target.click(placeOf(event));
    }
  });

  canvas.addEventListener('pointercancel', (event) => {
    pointers.delete(event.pointerId);
    path = null;
    target.sketch(null);
  });
  canvas.addEventListener('pointerleave', (event) => {
    if (event.pointerType !== 'touch') target.point(null);
  });
  canvas.addEventListener('dblclick', (event) => {
    const { left, top } = placeOf(event);
    target.move(zoomed(target.camera, target.size, 2, left, top));
  });
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015));
      target.move(zoomed(target.camera, target.size, factor, event.offsetX, event.offsetY));
    },
    { passive: false },
  );
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (pressed(event.key, target)) event.preventDefault();
  });

  function corners(from: Place, to: Place): number[] {
    const [x1, y1] = onMap(from);
    const [x2, y2] = onMap(to);
    return [x1, y1, x2, y1, x2, y2, x1, y2];
  }
}

function reach({ pointerType }: PointerEvent): number {
  return pointerType === 'touch' ? FINGER : CLICK;
}

/** The camera after one of two fingers was moved: what lies under both stays there. */
function pinched({ camera, size }: Target, before: Place, now: Place, other: Place): Camera {
  const apart = ({ left, top }: Place) =>
    Math.max(1, Math.hypot(left - other.left, top - other.top));
  const moved = dragged(camera, (now.left - before.left) / 2, (now.top - before.top) / 2);
  const middle = [(now.left + other.left) / 2, (now.top + other.top) / 2] as const;
  return zoomed(moved, size, apart(now) / apart(before), ...middle);
}

/** Do what a key means; false where it means nothing here. */
function pressed(key: string, target: Target): boolean {
  const { camera, size } = target;
  const moves: Record<string, () => Camera> = {
    ArrowLeft: () => dragged(camera, STEP, 0),
    ArrowRight: () => dragged(camera, -STEP, 0),
    ArrowUp: () => dragged(camera, 0, STEP),
    ArrowDown: () => dragged(camera, 0, -STEP),
    '+': () => zoomed(camera, size, ZOOM_KEY),
    '=': () => zoomed(camera, size, ZOOM_KEY),
    '-': () => zoomed(camera, size, 1 / ZOOM_KEY),
    '0': () => whole(size),
  };
  if (moves[key]) target.move(moves[key]());
  else if (key === 'n' || key === 'p') target.step(key === 'n' ? 1 : -1);
  else if (key === 'Enter') target.choose();
  else if (key === 'Escape') target.leave();
  else return false;
  return true;
}
