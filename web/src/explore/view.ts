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
  camera: Camera | null;
}

export const START: View = {
  collection: null,
  layout: 'tsne',
  colour: 'subject',
  query: '',
  filter: '',
  hybrid: false,
  camera: null,
};

const LAYOUTS: readonly string[] = ['tsne', 'umap', 'pca'];

export function write(view: View): string {
  const parts = new URLSearchParams();
  if (view.collection !== null) parts.set('collection', view.collection);
  for (const key of ['layout', 'colour', 'query', 'filter'] as const) {
    if (view[key] !== START[key]) parts.set(key, view[key]);
  }
  if (view.hybrid) parts.set('hybrid', '1');
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
  const at = (parts.get('at') ?? '').split(',').map(Number);
  const camera =
    at.length === 3 && at.every(Number.isFinite) && at[2]! > 0
      ? { x: at[0]!, y: at[1]!, scale: at[2]! }
      : null;
  return {
    collection: parts.get('collection'),
    layout: (LAYOUTS.includes(layout) ? layout : START.layout) as LayoutName,
    colour: parts.get('colour') ?? START.colour,
    query: parts.get('query') ?? '',
    filter: parts.get('filter') ?? '',
    hybrid: parts.get('hybrid') === '1',
    camera,
  };
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
