import { fromBase64Url } from '../keep/base64';
import type { Named } from './labels';
import { named } from './labels';

/** What a map's file carries, as `likewise map --html` writes it. */
export interface Written {
  title: string;
  layout: string;
  encoder: string;
  /** Share of true neighbours kept, of all texts. */
  kept: number;
  trustworthiness: number;
  neighbours: number;
  texts: string[];
  /** float32 x and y in turn, base64. */
  points: string;
  /** For each text 255 times the share of its true neighbours that the map keeps, base64. */
  shares: string;
  /** int32, the true neighbours of each text in turn, base64. */
  near: string;
  levels: { labels: string; clusters: { words: string[]; typical: number; size: number }[] }[];
  columns: {
    name: string;
    kind: 'number' | 'time' | 'group';
    values: (string | number | null)[];
  }[];
}

export interface MapData {
  about: Written;
  points: Float32Array;
  shares: Float32Array;
  near: Int32Array;
  levels: { labels: Int32Array; names: string[] }[];
  groups: Named[];
}

/** Words that name a group on the map; all of them stand in the legend. */
const WORDS = 2;

export function read(about: Written): MapData {
  const points = new Float32Array(bytes(about.points));
  const shares = Float32Array.from(new Uint8Array(bytes(about.shares)), (value) => value / 255);
  const levels = about.levels.map(({ labels, clusters }) => ({
    labels: new Int32Array(bytes(labels)),
    names: clusters.map(({ words, typical }) => words.join(', ') || (about.texts[typical] ?? '')),
  }));
  const groups = about.levels.flatMap(({ clusters }, level) =>
    named(
      points,
      levels[level]!.labels,
      clusters.map(({ words }) => words.slice(0, WORDS).join(', ')),
      level,
    ),
  );
  return { about, points, shares, near: new Int32Array(bytes(about.near)), levels, groups };
}

/** The true neighbours of a text, nearest first. */
export function neighboursOf({ near, about }: MapData, point: number): number[] {
  const k = about.neighbours;
  return [...near.subarray(point * k, (point + 1) * k)];
}

/** Which texts hold all the words of a query, in any case and order; null for an empty query. */
export function holding(texts: string[], query: string): Int32Array | null {
  const words = query.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
  if (!words.length) return null;
  return Int32Array.from(
    texts.flatMap((text, i) => {
      const lower = text.toLocaleLowerCase();
      return words.every((word) => lower.includes(word)) ? [i] : [];
    }),
  );
}

function bytes(text: string): ArrayBuffer {
  return fromBase64Url(text).buffer;
}
