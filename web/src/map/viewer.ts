import type { Camera, Size } from './camera';
import { toMap, toScreen, whole, zoomed } from './camera';
import type { Colouring } from './colours';
import { listen, type Mode, type Place, type Target } from './gestures';
import type { Named } from './labels';
import { placed } from './labels';
import { colour, paint } from './painter';
import { Places } from './places';
import './viewer.css';

/** A line from the point in question to one of its true neighbours. */
export interface Line {
  to: number;
  /** Whether the map keeps the two together; one that it tears away is dashed. */
  kept: boolean;
}

export interface Hooks {
  /** The pointer or the keyboard is at another point, or at none. */
  hover(point: number | null): void;
  /** A point was clicked or tapped, or Enter was pressed at it; null where there is none. */
  choose(point: number | null): void;
  /** A rectangle or a lasso was drawn: x and y in turn, in the map's units. */
  select?(path: number[]): void;
  /** The camera has moved. */
  moved?(camera: Camera): void;
}

const NEAR = 12; // pixels from a point at which the pointer means it
const LEAST_APART = 3; // pixels between two corners of a lasso

/**
 * A map that one can move about in: canvas for the points, text nodes for the names.
 *
 * Drag to move, wheel or two fingers to zoom; Shift and drag, or another mode, to select. With the
 * keyboard arrows move, + and − zoom, 0 shows all, n and p go from text to text, Enter chooses one.
 */
export class Viewer implements Target {
  camera: Camera;
  size: Size = { width: 1, height: 1 };
  readonly #canvas = document.createElement('canvas');
  readonly #names = document.createElement('div');
  readonly #lines = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  readonly #context: CanvasRenderingContext2D;
  readonly #observer: ResizeObserver;
  readonly #measure: (name: string) => number;
  #places: Places | null = null;
  #image: ImageData | null = null;
  #pixels = new Uint32Array();
  #ratio = 1;
  #lit: { points: Float32Array; rows: Int32Array } | null = null;
  #at: number | null = null;
  #connected: { from: number; lines: Line[] } | null = null;
  #outline: number[] | null = null;
  #sketch: number[] | null = null;
  #inSight: Int32Array | null = null;
  #frame = 0;
  #later: ReturnType<typeof setTimeout>;

  constructor(
    readonly element: HTMLElement,
    readonly points: Float32Array,
    public colouring: Colouring,
    public groups: Named[],
    public paper: readonly [number, number, number],
    readonly hooks: Hooks,
  ) {
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
    element.classList.add('likewise-map');
    element.replaceChildren(this.#canvas, this.#lines, this.#names);
    this.#measure = ruler(this.#names);
    this.size = this.#measured();
    this.camera = whole(this.size);
    listen(this.#canvas, this);
    this.#observer = new ResizeObserver(() => {
      const { width, height } = this.#measured();
      if (width !== this.size.width || height !== this.size.height) this.#resized();
    });
    this.#observer.observe(element);
    this.#resized();
    // the first picture comes first: what finds points by their place is made after it
    this.#later = setTimeout(() => this.places, 50);
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#later);
    this.#observer.disconnect();
    this.element.replaceChildren();
  }

  /** Finds points by where they lie. */
  get places(): Places {
    return (this.#places ??= new Places(this.points));
  }

  get selects(): boolean {
    return this.hooks.select !== undefined;
  }

  get mode(): Mode {
    return (this.element.dataset['mode'] as Mode | undefined) ?? 'move';
  }

  set mode(mode: Mode) {
    this.element.dataset['mode'] = mode;
  }

  /** Single out some points; the others fade. */
  light(rows: Int32Array | null): void {
    this.#lit = null;
    if (rows) {
      const points = new Float32Array(2 * rows.length);
      rows.forEach((row, i) => {
        points[2 * i] = this.points[2 * row]!;
        points[2 * i + 1] = this.points[2 * row + 1]!;
      });
      this.#lit = { points, rows };
    }
    this.draw();
  }

  /** Draw lines from a point to its true neighbours; none for null. */
  connect(from: number | null, lines: Line[] = []): void {
    this.#at = from;
    this.#connected = from === null ? null : { from, lines };
    this.#drawLines();
  }

  /** Draw around what is selected; nothing for null. */
  outline(path: number[] | null): void {
    this.#outline = path;
    this.#drawLines();
  }

  /** Show the point in the middle, at least as close as `zoom`. */
  goTo(point: number, zoom = 1): void {
    const scale = Math.max(this.camera.scale, whole(this.size).scale * zoom);
    this.move({ x: this.points[2 * point]!, y: this.points[2 * point + 1]!, scale });
  }

  move(camera: Camera): void {
    this.camera = camera;
    this.#inSight = null;
    this.hooks.moved?.(camera);
    this.draw();
  }

  /** Come closer by a factor, or show all for 0. */
  zoomBy(factor: number): void {
    this.move(factor ? zoomed(this.camera, this.size, factor) : whole(this.size));
  }

  /** How many times closer than the whole map. */
  get zoom(): number {
    return this.camera.scale / whole(this.size).scale;
  }

  /** The corners of what is in sight, as a path. */
  get sight(): number[] {
    const [left, bottom] = toMap(this.camera, this.size, 0, this.size.height);
    const [right, top] = toMap(this.camera, this.size, this.size.width, 0);
    return [left, bottom, right, bottom, right, top, left, top];
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
    if (this.#ratio !== ratio()) return this.#resized();
    if (!this.#image) return;
    const { indices, palette, faint } = this.colouring;
    const [left, bottom, right, , , top] = this.sight as [number, number, number, 0, 0, number];
    const all = left <= -1 && bottom <= -1 && right >= 1 && top >= 1;
    paint(
      this.#pixels,
      { width: this.#canvas.width, height: this.#canvas.height },
      {
        points: this.#places?.points ?? this.points,
        order: this.#places?.order ?? null,
        // a dot reaches into the sight from a little beyond it
        seen: all ? null : (this.#places?.runs(...this.#around(left, bottom, right, top)) ?? null),
        colours: indices,
        palette,
        faint,
        background: colour(...this.paper),
        ratio: this.#ratio,
        lit: this.#lit,
      },
      { ...this.camera, scale: this.camera.scale * this.#ratio },
    );
    this.#context.putImageData(this.#image, 0, 0);
    this.#name();
    this.#drawLines();
  }

  // what gestures do

  point(at: Place | null): void {
    this.#hover(at && this.#pointAt(at));
  }

  click(at: Place): void {
    this.hooks.choose(this.#pointAt(at));
  }

  sketch(path: number[] | null): void {
    this.#sketch = path;
    this.#drawLines();
  }

  select(path: number[]): void {
    this.hooks.select?.(simplified(path, LEAST_APART / this.camera.scale));
  }

  choose(): void {
    if (this.#at !== null) this.hooks.choose(this.#at);
  }

  leave(): void {
    this.#hover(null);
    this.hooks.choose(null);
  }

  /** Go to the next of the points on the screen, from left to right. */
  step(by: 1 | -1): void {
    const seen = (this.#inSight ??= this.#sorted());
    if (!seen.length) return;
    const now = this.#at === null ? -1 : seen.indexOf(this.#at);
    const next = now < 0 ? (by > 0 ? 0 : seen.length - 1) : now + by;
    this.#hover(seen[(next + seen.length) % seen.length]!);
  }

  #sorted(): Int32Array {
    const [left, bottom, right, , , top] = this.sight as [number, number, number, 0, 0, number];
    const { points } = this;
    return this.places
      .within(left, bottom, right, top)
      .sort((a, b) => points[2 * a]! - points[2 * b]! || a - b);
  }

  #pointAt({ left, top }: Place): number | null {
    const [x, y] = toMap(this.camera, this.size, left, top);
    return this.places.nearest(x, y, NEAR / this.camera.scale);
  }

  #hover(point: number | null): void {
    if (point === this.#at) return;
    this.#at = point;
    this.hooks.hover(point);
  }

  #around(left: number, bottom: number, right: number, top: number) {
    const more = 16 / this.camera.scale;
    return [left - more, bottom - more, right + more, top + more] as const;
  }

  #name(): void {
    const labels = placed(this.groups, this.camera, this.size, this.zoom, this.#measure);
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

  #drawLines(): void {
    this.#lines.replaceChildren();
    const at = (x: number, y: number) => toScreen(this.camera, this.size, x, y);
    const path = this.#sketch ?? this.#outline;
    if (path) {
      const corners: string[] = [];
      for (let i = 0; i < path.length; i += 2) corners.push(at(path[i]!, path[i + 1]!).join(','));
      this.#shape('polygon', { points: corners.join(' ') });
    }
    if (!this.#connected) return;
    const of = (point: number) => at(this.points[2 * point]!, this.points[2 * point + 1]!);
    const [x, y] = of(this.#connected.from);
    for (const { to, kept } of this.#connected.lines) {
      const [x2, y2] = of(to);
      this.#shape('line', { x1: x, y1: y, x2, y2, class: kept ? 'kept' : 'torn' });
    }
    this.#shape('circle', { cx: x, cy: y, r: 7 });
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
    const before = whole(this.size).scale;
    this.size = this.#measured();
    this.camera = { ...this.camera, scale: (this.camera.scale / before) * whole(this.size).scale };
    this.#ratio = ratio();
    this.#canvas.width = Math.round(this.size.width * this.#ratio);
    this.#canvas.height = Math.round(this.size.height * this.#ratio);
    this.#image = this.#context.createImageData(this.#canvas.width, this.#canvas.height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
    this.paintNow();
  }
}

/** Pixels of the screen for each of the page's: more than two are not told apart. */
function ratio(): number {
  return Math.min(2, globalThis.devicePixelRatio || 1);
}

/** How wide a name is in the type of an element, in pixels. */
function ruler(element: HTMLElement): (name: string) => number {
  const context = document.createElement('canvas').getContext('2d');
  const widths = new Map<string, number>();
  return (name) => {
    let width = widths.get(name);
    if (width === undefined) {
      if (context) context.font = getComputedStyle(element).font;
      width = context?.measureText(name).width ?? 7 * name.length;
      widths.set(name, width);
    }
    return width;
  };
}

/** A path without corners that are nearer to the one before than `apart`. */
export function simplified(path: number[], apart: number): number[] {
  const kept = path.slice(0, 2);
  for (let i = 2; i < path.length; i += 2) {
    const [x, y] = [path[i]!, path[i + 1]!];
    if (Math.hypot(x - kept.at(-2)!, y - kept.at(-1)!) >= apart) kept.push(x, y);
  }
  return kept;
}
