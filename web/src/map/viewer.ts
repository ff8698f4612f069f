import type { Camera, Size } from './camera';
import { dragged, toMap, toScreen, whole, zoomed } from './camera';
import type { Colouring } from './colours';
import type { Named } from './labels';
import { placed } from './labels';
import { colour, paint } from './painter';
import { Places } from './places';

/** A line from the point in question to one of its true neighbours. */
export interface Line {
  to: number;
  /** Whether the map keeps the two together; one that it tears away is dashed. */
  kept: boolean;
}

export interface Hooks {
  /** The pointer or the keyboard is at another point, or at none. */
  hover(point: number | null): void;
  /** A point was clicked, or Enter was pressed at it. */
  choose(point: number): void;
  /** A rectangle or a lasso was drawn; the points in it. */
  select?(points: number[]): void;
  /** The camera has moved. */
  moved?(camera: Camera): void;
}

const NEAR = 12; // pixels from a point at which the pointer means it
const STEP = 60; // pixels that an arrow key moves the map
const ZOOM_KEY = 1.4;
const CLICK = 4; // pixels that a pointer may move and still click

/**
 * A map that one can move about in: canvas for the points, text nodes for the names.
 *
 * Drag to move, wheel or two fingers to zoom, Shift and drag to select; with the keyboard arrows
 * move, + and − zoom, 0 shows all, n and p go to the next point near the middle, Enter chooses it.
 */
export class Viewer {
  camera: Camera;
  readonly places: Places;
  readonly #canvas = document.createElement('canvas');
  readonly #names = document.createElement('div');
  readonly #lines = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  readonly #context: CanvasRenderingContext2D;
  readonly #observer: ResizeObserver;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  readonly #measure: (name: string) => number;
  #image: ImageData | null = null;
  #size: Size = { width: 1, height: 1 };
  #lit: Uint8Array | null = null;
  #path: number[] | null = null;
  #travelled = 0;
  #at: number | null = null;
  #frame = 0;

  constructor(
    readonly element: HTMLElement,
    readonly points: Float32Array,
    public colouring: Colouring,
    public groups: Named[],
    public paper: readonly [number, number, number],
    readonly hooks: Hooks,
  ) {
    this.places = new Places(points);
    this.#context = this.#canvas.getContext('2d', { alpha: false })!;
    this.#canvas.tabIndex = 0;
    this.#canvas.setAttribute('role', 'application');
    this.#canvas.setAttribute(
      'aria-label',
      'Map of the texts. Arrows move, plus and minus zoom, 0 shows all, n and p go from text to text.',
    );
    this.#names.className = 'map-names';
    this.#names.setAttribute('aria-hidden', 'true');
    this.#lines.setAttribute('class', 'map-lines');
    this.#lines.setAttribute('aria-hidden', 'true');
    element.replaceChildren(this.#canvas, this.#lines, this.#names);
    const ruler = document.createElement('canvas').getContext('2d');
    const widths = new Map<string, number>();
    this.#measure = (name) => {
      if (ruler) ruler.font = getComputedStyle(this.#names).font;
      const known = widths.get(name) ?? ruler?.measureText(name).width ?? 7 * name.length;
      widths.set(name, known);
      return known;
    };
    this.#size = this.#measured();
    this.camera = whole(this.#size);
    this.#listen();
    this.#observer = new ResizeObserver(() => this.#resized());
    this.#observer.observe(element);
    this.#resized();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.element.replaceChildren();
  }

  /** Single out some points; the others fade. */
  light(points: Iterable<number> | null): void {
    this.#lit = null;
    if (points) {
      this.#lit = new Uint8Array(this.points.length / 2);
      for (const point of points) this.#lit[point] = 1;
    }
    this.draw();
  }

  /** Draw lines from a point to its true neighbours; none for null. */
  connect(from: number | null, lines: Line[] = []): void {
    this.#at = from;
    this.#lines.replaceChildren();
    if (from === null) return;
    const at = (point: number) =>
      toScreen(this.camera, this.#size, this.points[2 * point]!, this.points[2 * point + 1]!);
    const [x, y] = at(from);
    for (const { to, kept } of lines) {
      const [x2, y2] = at(to);
      this.#shape('line', { x1: x, y1: y, x2, y2, class: kept ? 'kept' : 'torn' });
    }
    this.#shape('circle', { cx: x, cy: y, r: 7 });
  }

  /** Show the point in the middle, at least as close as `zoom`. */
  goTo(point: number, zoom = 1): void {
    const scale = Math.max(this.camera.scale, whole(this.#size).scale * zoom);
    this.move({ x: this.points[2 * point]!, y: this.points[2 * point + 1]!, scale });
  }

  move(camera: Camera): void {
    this.camera = camera;
    this.connect(null);
    this.hooks.moved?.(camera);
    this.draw();
  }

  /** How many times closer than the whole map. */
  get zoom(): number {
    return this.camera.scale / whole(this.#size).scale;
  }

  draw(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.paintNow();
    });
  }

  /** Paint at once; `draw` does so before the next frame. */
  paintNow(): void {
    const ratio = this.#canvas.width / Math.max(1, this.#size.width);
    if (!this.#image) return;
    const pixels = new Uint32Array(this.#image.data.buffer);
    const { indices, palette, faint } = this.colouring;
    paint(
      pixels,
      { width: this.#canvas.width, height: this.#canvas.height },
      {
        points: this.points,
        colours: indices,
        palette,
        faint,
        background: colour(...this.paper),
        lit: this.#lit,
      },
      { ...this.camera, scale: this.camera.scale * ratio },
    );
    this.#context.putImageData(this.#image, 0, 0);
    this.#drawPath(ratio);
    this.#name();
  }

  #name(): void {
    const labels = placed(this.groups, this.camera, this.#size, this.zoom, this.#measure);
    this.#names.replaceChildren(
      ...labels.map(({ name, left, top, level }) => {
        const span = document.createElement('span');
        span.textContent = name;
        span.dataset['level'] = String(level);
        span.style.transform = `translate(-50%, -50%) translate(${left}px, ${top}px)`;
        return span;
      }),
    );
  }

  #drawPath(ratio: number): void {
    if (!this.#path) return;
    this.#context.beginPath();
    for (let i = 0; i < this.#path.length; i += 2) {
      const [x, y] = toScreen(this.camera, this.#size, this.#path[i]!, this.#path[i + 1]!);
      this.#context.lineTo(x * ratio, y * ratio);
    }
    this.#context.closePath();
    this.#context.lineWidth = 1.5 * ratio;
    this.#context.strokeStyle = getComputedStyle(this.element).color;
    this.#context.stroke();
  }

  #shape(name: string, attributes: Record<string, string | number>): void {
    const shape = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, String(value));
    this.#lines.append(shape);
  }

  #measured(): Size {
    const { clientWidth, clientHeight } = this.element;
    return { width: Math.max(1, clientWidth), height: Math.max(1, clientHeight) };
  }

  #resized(): void {
    const before = whole(this.#size).scale;
    this.#size = this.#measured();
    this.camera = { ...this.camera, scale: (this.camera.scale / before) * whole(this.#size).scale };
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    this.#canvas.width = Math.round(this.#size.width * ratio);
    this.#canvas.height = Math.round(this.#size.height * ratio);
    this.#image = this.#context.createImageData(this.#canvas.width, this.#canvas.height);
    this.paintNow();
  }

  #listen(): void {
    const canvas = this.#canvas;
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture?.(event.pointerId);
      this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      this.#travelled = 0;
      this.#path = event.shiftKey && this.hooks.select ? [] : null;
    });
    canvas.addEventListener('pointermove', (event) => this.#pointerMoved(event));
    canvas.addEventListener('pointerup', (event) => this.#pointerUp(event));
    canvas.addEventListener('pointercancel', (event) => this.#pointers.delete(event.pointerId));
    canvas.addEventListener('pointerleave', () => this.#hover(null));
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015));
        this.move(zoomed(this.camera, this.#size, factor, event.offsetX, event.offsetY));
      },
      { passive: false },
    );
    canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  #pointerMoved(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    const now = { x: event.offsetX, y: event.offsetY };
    if (!before) {
      this.#hover(this.#pointAt(now.x, now.y));
      return;
    }
    this.#travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (this.#path) {
      this.#path.push(...toMap(this.camera, this.#size, now.x, now.y));
      this.draw();
    } else if (this.#pointers.size === 2) {
      this.#pinch(event.pointerId, before, now);
    } else if (this.#travelled > CLICK) {
      this.move(dragged(this.camera, now.x - before.x, now.y - before.y));
    }
    this.#pointers.set(event.pointerId, now);
  }

  #pinch(id: number, before: { x: number; y: number }, now: { x: number; y: number }): void {
    const other = [...this.#pointers].find(([key]) => key !== id)![1];
    const apart = (place: { x: number; y: number }) =>
      Math.max(1, Math.hypot(place.x - other.x, place.y - other.y));
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    const factor = apart(now) / apart(before);
    const moved = dragged(this.camera, (now.x - before.x) / 2, (now.y - before.y) / 2);
    this.move(zoomed(moved, this.#size, factor, middle.x, middle.y));
  }

  #pointerUp(event: PointerEvent): void {
    this.#pointers.delete(event.pointerId);
    const path = this.#path;
    this.#path = null;
    if (path) {
      this.hooks.select?.(path.length > 4 ? this.places.inside(path) : []);
      this.draw();
      return;
    }
    const point = this.#pointAt(event.offsetX, event.offsetY);
    if (this.#travelled <= CLICK && point !== null) this.hooks.choose(point);
  }

  #pointAt(left: number, top: number): number | null {
    const [x, y] = toMap(this.camera, this.#size, left, top);
    return this.places.nearest(x, y, NEAR / this.camera.scale);
  }

  #hover(point: number | null): void {
    if (point === this.#at) return;
    this.#at = point;
    this.hooks.hover(point);
  }

  #key(event: KeyboardEvent): void {
    const moves: Record<string, () => Camera> = {
      ArrowLeft: () => dragged(this.camera, STEP, 0),
      ArrowRight: () => dragged(this.camera, -STEP, 0),
      ArrowUp: () => dragged(this.camera, 0, STEP),
      ArrowDown: () => dragged(this.camera, 0, -STEP),
      '+': () => zoomed(this.camera, this.#size, ZOOM_KEY),
      '=': () => zoomed(this.camera, this.#size, ZOOM_KEY),
      '-': () => zoomed(this.camera, this.#size, 1 / ZOOM_KEY),
      '0': () => whole(this.#size),
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) this.move(moves[event.key]!());
    else if (event.key === 'n' || event.key === 'p') this.#step(event.key === 'n' ? 1 : -1);
    else if (event.key === 'Enter' && this.#at !== null) this.hooks.choose(this.#at);
    else if (event.key === 'Escape') this.#hover(null);
    else return;
    event.preventDefault();
  }

  /** Go to the next of the points on the screen, from left to right. */
  #step(by: number): void {
    const [left, bottom] = toMap(this.camera, this.#size, 0, this.#size.height);
    const [right, top] = toMap(this.camera, this.#size, this.#size.width, 0);
    const seen = this.places
      .within(left, bottom, right, top)
      .sort((a, b) => this.points[2 * a]! - this.points[2 * b]! || a - b);
    if (!seen.length) return;
    const now = this.#at === null ? -1 : seen.indexOf(this.#at);
    const next = now < 0 ? (by > 0 ? 0 : seen.length - 1) : now + by;
    this.#hover(seen[(next + seen.length) % seen.length]!);
  }
}
