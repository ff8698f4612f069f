import type { Colouring } from './colours';
import { byGroup, byNumber } from './colours';
import type { MapData, Written } from './data';
import { holding, neighboursOf, read } from './data';
import type { Mode } from './gestures';
import { plainNumber, timeNames } from './scales';
import './standalone.css';
import { Viewer } from './viewer';

/**
 * A map in one file: it asks no server. Text gets into the page through text nodes only.
 */

const MOST_LISTED = 200;

const data = read(JSON.parse(document.getElementById('map-data')!.textContent!) as Written);
const { about } = data;
const $ = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const percent = (share: number) => `${Math.round(100 * share)} %`;

document.title = about.title;
$('title').textContent = about.title;
$('honest').textContent = honest(data);

const ways = colourings(data);
const select = $<HTMLSelectElement>('colour');
select.append(
  ...ways.map(({ name }, i) => {
    const option = document.createElement('option');
    option.value = String(i);
    option.textContent = name;
    return option;
  }),
);

let pinned: number | null = null;

const viewer = new Viewer($('map'), data.points, ways[0]!.make(paper()), data.groups, paper(), {
  hover: (point) => show(point ?? pinned),
  choose: (point) => {
    pinned = point;
    show(pinned);
  },
  select: (path) => {
    const points = viewer.places.inside(path);
    viewer.outline(points.length ? path : null);
    list(points.length ? points : null, 'selected');
    draws('move');
  },
});
recolour();

select.addEventListener('change', recolour);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
$<HTMLInputElement>('query').addEventListener('input', (event) => {
  viewer.outline(null);
  list(holding(about.texts, (event.target as HTMLInputElement).value), 'with these words');
});
$('all').addEventListener('click', () => viewer.zoomBy(0));
$('lasso').addEventListener('click', () => draws(viewer.mode === 'lasso' ? 'move' : 'lasso'));

/** What dragging does from now on. */
function draws(mode: Mode): void {
  viewer.mode = mode;
  $('lasso').setAttribute('aria-pressed', String(mode === 'lasso'));
}

function recolour(): void {
  viewer.paper = paper();
  viewer.colouring = ways[Number(select.value) || 0]!.make(viewer.paper);
  $('legend').replaceChildren(
    ...viewer.colouring.legend.map(({ name, css }) => {
      const item = document.createElement('li');
      const dot = document.createElement('i');
      dot.style.background = css;
      item.append(dot, name);
      return item;
    }),
  );
  viewer.draw();
}

/** Say what is at a point: its text, its true neighbours, and which of them the map tears away. */
function show(point: number | null): void {
  const panel = $('point');
  panel.replaceChildren();
  if (point === null) {
    viewer.connect(null);
    return;
  }
  const near = neighboursOf(data, point);
  const drawn = new Set(nearestInPicture(point, near.length));
  viewer.connect(
    point,
    near.map((to) => ({ to, kept: drawn.has(to) })),
  );
  const text = document.createElement('p');
  text.className = 'text';
  text.textContent = about.texts[point]!;
  const note = document.createElement('p');
  note.textContent = near.length
    ? `The map keeps ${percent(data.shares[point]!)} of its ${near.length} true neighbours; dashed lines lead to those that it tears away:`
    : '';
  const others = document.createElement('ol');
  others.append(...near.map((i) => item(i, drawn.has(i))));
  panel.append(text, note, others);
}

function nearestInPicture(point: number, count: number): number[] {
  const at = (i: number) => [data.points[2 * i]!, data.points[2 * i + 1]!] as const;
  const [x, y] = at(point);
  for (let reach = 0.01; ; reach *= 2) {
    const around = [...viewer.places.within(x - reach, y - reach, x + reach, y + reach)]
      .filter((i) => i !== point)
      .map((i) => ({ i, distance: Math.hypot(at(i)[0] - x, at(i)[1] - y) }))
      .filter(({ distance }) => distance <= reach || reach > 4)
      .sort((a, b) => a.distance - b.distance);
    if (around.length >= count || reach > 4) return around.slice(0, count).map(({ i }) => i);
  }
}

function list(points: Int32Array | null, what: string): void {
  viewer.light(points);
  const shown = [...(points ?? []).slice(0, MOST_LISTED)];
  $('count').textContent = points
    ? `${points.length.toLocaleString('en')} of ${about.texts.length.toLocaleString('en')} texts ${what}` +
      (points.length > MOST_LISTED ? `, the first ${MOST_LISTED} below` : '')
    : '';
  $('found').replaceChildren(...shown.map((i) => item(i, true)));
}

function item(point: number, kept: boolean): HTMLLIElement {
  const row = document.createElement('li');
  const button = document.createElement('button');
  button.textContent = about.texts[point]!;
  button.className = kept ? '' : 'torn';
  button.addEventListener('click', () => {
    pinned = point;
    viewer.goTo(point, 4);
    show(point);
  });
  row.append(button);
  return row;
}

function colourings({
  levels,
  shares,
  about: { columns },
}: MapData): { name: string; make: (paper: Rgb) => Colouring }[] {
  const coarse = levels[0];
  return [
    ...(coarse
      ? [{ name: 'subject', make: (p: Rgb) => byGroup(coarse.labels, coarse.names, p) }]
      : []),
    { name: 'where it lies', make: (p: Rgb) => byNumber(shares, p, percent, [0, 1]) },
    ...columns.map(({ name, kind, values }) => ({
      name,
      make: (p: Rgb) => {
        if (kind !== 'group') {
          const numbers = values.map((value) => (typeof value === 'number' ? value : NaN));
          return byNumber(numbers, p, kind === 'time' ? timeNames(numbers) : plainNumber);
        }
        const names = [...new Set(values.map((value) => String(value ?? 'nothing')))];
        const place = new Map(names.map((value, i) => [value, i]));
        return byGroup(
          values.map((value) => place.get(String(value ?? 'nothing'))!),
          names,
          p,
        );
      },
    })),
  ];
}

type Rgb = readonly [number, number, number];

function paper(): Rgb {
  const css = getComputedStyle(document.body).backgroundColor.match(/\d+/g) ?? [];
  return [0, 1, 2].map((i) => Number(css[i] ?? 255)) as unknown as Rgb;
}

function honest({ about: { kept, neighbours, layout, encoder, texts } }: MapData): string {
  return (
    `${texts.length.toLocaleString('en')} texts by ${encoder}, laid out by ${layout}. ` +
    `Of the ${neighbours} true neighbours of each text, ${percent(kept)} are near it here; ` +
    'how far apart two islands are says little.'
  );
}
