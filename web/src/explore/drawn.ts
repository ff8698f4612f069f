/** A map as the server sends it: what it says of itself, and its parts as bytes. */

import { type Named, named } from '../map/labels';
import * as api from './api';

/** Words that name a group on the map; all of them stand in the legend. */
const WORDS = 2;

export interface Drawn {
  about: api.MapAbout;
  points: Float32Array;
  /** Of each text, the share of its true neighbours that is near it on the map. */
  kept: Float32Array;
  levels: { labels: Int32Array; names: string[] }[];
  groups: Named[];
}

export async function drawn(collection: string, layout: api.LayoutName): Promise<Drawn> {
  const about = await api.mapAbout(collection, layout);
  const part = (name: string) => api.mapPart(collection, layout, name);
  const [places, kept, ...labels] = await Promise.all([
    part('points'),
    part('kept'),
    ...about.levels.map((_, number) => part(`level-${number}`)),
  ]);
  const points = new Float32Array(places);
  const levels = about.levels.map((clusters, number) => ({
    labels: new Int32Array(labels[number]!),
    names: clusters.map(({ words }) => words.join(', ') || 'no words of their own'),
  }));
  const short = (words: string[]) => words.slice(0, WORDS).join(', ');
  return {
    about,
    points,
    kept: Float32Array.from(new Uint8Array(kept), (value) => value / 255),
    levels,
    groups: about.levels.flatMap((clusters, level) =>
      named(
        points,
        levels[level]!.labels,
        clusters.map(({ words }) => short(words)),
        level,
      ),
    ),
  };
}
