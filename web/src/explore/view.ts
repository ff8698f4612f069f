/** What is looked at, as it stands in the address: a link shows the same to whoever may see it. */

import type { Camera } from '../map/camera';
import type { LayoutName } from './api';

export interface View {
  collection: string | null;
  layout: LayoutName;
  /** `subject`, `trust` or a column's name behind `column:`. */
  colour: string;
  query: string;
  filter: string;
  hybrid: boolean;
  /** The row that is searched by, in place of a query. */
  like: number | null;
  /** The row whose text stays in view. */
  point: number | null;
  /** What was drawn around on the map, x and y in turn; its layout is that of the view. */
  lasso: number[] | null;
  /** Rows that were chosen otherwise. */
  rows: number[] | null;
  /** What the table is ordered by: + or −, then a column's name, or ~ for the similarity. */
  order: string;
  camera: Camera | null;
}

/** Rows and corners that an address holds at most; a selection of more is not in it. */
const MOST = 150;

/** Beyond any that one can zoom to: pixels per unit of a map that shows nothing. */
const CLOSEST_SCALE = 1e8;

export const START: View = {
  collection: null,
  layout: 'tsne',
  colour: 'subject',
  query: '',
  filter: '',
  hybrid: false,
  like: null,
  point: null,
  lasso: null,
  rows: null,
  order: '',
  camera: null,
};

const LAYOUTS: readonly string[] = ['tsne', 'umap', 'pca'];

export function write(view: View): string {
  const parts = new URLSearchParams();
  if (view.collection !== null) parts.set('collection', view.collection);
  for (const key of ['layout', 'colour', 'query', 'filter', 'order'] as const) {
    if (view[key] !== START[key]) parts.set(key, view[key]);
  }
  if (view.hybrid) parts.set('hybrid', '1');
  for (const key of ['like', 'point'] as const) {
    if (view[key] !== null) parts.set(key, String(view[key]));
  }
  if (view.lasso && view.lasso.length <= 2 * MOST) {
    parts.set('lasso', view.lasso.map((value) => value.toFixed(4)).join(','));
  }
  if (view.rows && view.rows.length <= MOST) parts.set('rows', view.rows.join(','));
  if (view.camera) {
    const { x, y, scale } = view.camera;
    parts.set('at', [x.toFixed(4), y.toFixed(4), scale.toFixed(2)].join(','));
  }
  return parts.toString();
}

/** What an address says; what can't be understood is as at the start. */
export function read(address: string): View {
  const parts = new URLSearchParams(address.replace(/^#/, ''));
  const layout = parts.get('layout') ?? START.layout;
  const at = numbers(parts.get('at'));
  const [x = NaN, y = NaN, scale = NaN, ...more] = at ?? [];
  const near = Math.abs(x) <= 1 && Math.abs(y) <= 1 && scale >= 0.5 && scale <= CLOSEST_SCALE;
  const camera = near && more.length === 0 ? { x, y, scale } : null;
  const lasso = numbers(parts.get('lasso'));
  const rows = numbers(parts.get('rows'));
  return {
    collection: parts.get('collection'),
    layout: (LAYOUTS.includes(layout) ? layout : START.layout) as LayoutName,
    colour: parts.get('colour') ?? START.colour,
    query: parts.get('query') ?? '',
    filter: parts.get('filter') ?? '',
    hybrid: parts.get('hybrid') === '1',
    like: row(parts.get('like')),
    point: row(parts.get('point')),
    lasso: lasso && isLasso(lasso.length) ? lasso : null,
    rows: rows && rows.length <= MOST && rows.every(isRow) ? rows : null,
    order: /^[+-]./u.test(parts.get('order') ?? '') ? parts.get('order')! : START.order,
    camera,
  };
}

/** The numbers of a list with commas; null where one is none. */
function numbers(text: string | null): number[] | null {
  if (!text) return null;
  const found = text.split(',').map((part) => (part.trim() ? Number(part) : NaN));
  return found.every(Number.isFinite) ? found : null;
}

/** Corners of which an address holds so many that no page is kept busy by them. */
function isLasso(length: number): boolean {
  return length >= 6 && length % 2 === 0 && length <= 2 * MOST;
}

function isRow(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}

function row(text: string | null): number | null {
  const [found] = numbers(text) ?? [];
  return found !== undefined && isRow(found) ? found : null;
}

/** A query's parts: words, and behind a minus what is to be turned away from. */
export function parts(query: string): { text: string; weight: number }[] {
  const [first, ...turned] = query.split(/(?:^|\s)-(?=\S)/u);
  const found = first!.trim() ? [{ text: first!.trim(), weight: 1 }] : [];
  for (const text of turned) {
    if (text.trim()) found.push({ text: text.trim(), weight: -0.5 });
  }
  return found;
}
