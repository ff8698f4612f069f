/** The scale of each encoder, asked for once when something needs it. */

import { SvelteMap } from 'svelte/reactivity';
import { scale } from '../api/client';
import type { ScaleAnswer } from '../api/types';

const known = new SvelteMap<string, ScaleAnswer>();
const asked = new Set<string>();

/** The scale of an encoder; undefined until it is there. */
export function scaleOf(encoder: string): ScaleAnswer | undefined {
  return known.get(encoder);
}

/** Asks for a scale unless it is known; one that can't be had now is asked for again later. */
export function needScale(encoder: string): void {
  if (asked.has(encoder)) return;
  asked.add(encoder);
  scale(encoder).then(
    (found) => known.set(encoder, found),
    () => asked.delete(encoder),
  );
}
