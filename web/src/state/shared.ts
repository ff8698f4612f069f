/** The page's state as a link carries it, there and back. */

import type { Shared } from '../keep/link';
import type { Bench } from './bench.svelte';
import { looks } from './looks.svelte';
import { PRESETS } from './presets';
import type { Question, Sign } from './views.svelte';

/** All that another needs to see the same. */
export function toShared(bench: Bench): Shared {
  const { boxes, views } = bench;
  const place = (id: number | null): number | null => {
    const at = boxes.findIndex((box) => box.id === id);
    return at < 0 ? null : at;
  };
  const where = (wanted: (id: number) => boolean): number[] =>
    boxes.flatMap((box, i) => (wanted(box.id) ? [i] : []));
  const { question } = views;
  return {
    encoder: bench.encoder,
    texts: boxes.map((box) => box.text),
    concepts: where((id) => bench.concepts.has(id)),
    axes: [place(views.axes[0]), place(views.axes[1])],
    prefixes: bench.prefixes,
    pair: [place(bench.chosen[0]), place(bench.chosen[1])],
    plus: where((id) => views.signs.get(id) === 1),
    minus: where((id) => views.signs.get(id) === -1),
    beside: views.beside,
    share: Number(views.share.toFixed(4)),
    precision: views.precision,
    palette: looks.palette,
    sorted: views.sorted,
    together: views.together,
    table: views.table,
    question: question && [question.preset.name, question.predicted, question.encoder],
    measured: views.measured?.encoder ?? null,
    open: [
      ...(views.prefixOpen ? (['prefix'] as const) : []),
      ...(bench.toldNow ? (['words'] as const) : []),
    ],
  };
}

/** Takes over what a link carried. */
export function takeShared(bench: Bench, shared: Shared): void {
  const { views } = bench;
  bench.encoder = shared.encoder;
  bench.prefixes = shared.prefixes;
  bench.replace(shared.texts);
  const idAt = (place: number | null): number | null =>
    place === null ? null : (bench.boxes[place]?.id ?? null);
  const ids = (places: readonly number[]): number[] => places.flatMap((place) => idAt(place) ?? []);
  const signed = (places: readonly number[], sign: Sign): [number, Sign][] =>
    ids(places).map((id) => [id, sign]);
  bench.concepts = new Set(ids(shared.concepts));
  bench.chosen = [idAt(shared.pair[0]), idAt(shared.pair[1])];
  views.axes = [idAt(shared.axes[0]), idAt(shared.axes[1])];
  views.signs = new Map([...signed(shared.plus, 1), ...signed(shared.minus, -1)]);
  views.beside = shared.beside;
  views.share = shared.share;
  views.precision = shared.precision;
  views.sorted = shared.sorted;
  views.together = shared.together;
  views.table = shared.table;
  views.prefixOpen = shared.open.includes('prefix');
  views.question = toQuestion(shared.question);
  views.told = null;
  views.measured = null;
  views.wanted = { words: shared.open.includes('words'), measured: shared.measured };
  looks.palette = shared.palette;
}

function toQuestion(asked: Shared['question']): Question | null {
  const preset = PRESETS.find(({ name }) => name === asked?.[0]);
  if (!asked || !preset) return null;
  const [, predicted, encoder] = asked;
  const among = predicted !== null && predicted > 0 && predicted < preset.texts.length;
  return { preset, predicted: among ? predicted : null, encoder };
}
