/** The list of text boxes and every change to it, as pure functions. */

export const FEWEST = 2;
export const MOST = 100;

export interface Box {
  /** Stays with the text while others are added, removed or moved. */
  readonly id: number;
  readonly text: string;
}

export type Boxes = readonly Box[];

/** What a change gives: the new list, the box to go to, and how many texts found no place. */
export interface Change {
  boxes: Boxes;
  focus: number | null;
  leftOut: number;
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}

export function fromTexts(texts: readonly string[]): Boxes {
  const missing = Array<string>(Math.max(0, FEWEST - texts.length)).fill('');
  return [...texts.slice(0, MOST), ...missing].map(newBox);
}

export function edit(boxes: Boxes, id: number, text: string): Boxes {
  return boxes.map((box) => (box.id === id ? { id, text } : box));
}

/** Adds a box after `after`, or at the end. */
export function add(boxes: Boxes, text = '', after?: number): Change {
  return insert(boxes, [text], after);
}

export function insert(boxes: Boxes, texts: readonly string[], after?: number): Change {
  const room = Math.max(0, MOST - boxes.length);
  const added = texts.slice(0, room).map(newBox);
  const at = after === undefined ? boxes.length : boxes.findIndex((box) => box.id === after) + 1;
  return {
    boxes: [...boxes.slice(0, at), ...added, ...boxes.slice(at)],
    focus: added.at(-1)?.id ?? null,
    leftOut: texts.length - added.length,
  };
}

/** Removes a box; the last two are emptied instead, because a comparison needs two. */
export function remove(boxes: Boxes, id: number): Change {
  if (boxes.length <= FEWEST) return { boxes: edit(boxes, id, ''), focus: id, leftOut: 0 };
  const at = boxes.findIndex((box) => box.id === id);
  const rest = boxes.filter((box) => box.id !== id);
  return { boxes: rest, focus: rest[Math.min(at, rest.length - 1)]?.id ?? null, leftOut: 0 };
}

/** Puts a copy below its original. */
export function duplicate(boxes: Boxes, id: number): Change {
  return insert(boxes, [boxes.find((box) => box.id === id)?.text ?? ''], id);
}

/** Moves a box to position `to`, from 0; a position beyond an end is that end. */
export function move(boxes: Boxes, id: number, to: number): Boxes {
  const moved = boxes.find((box) => box.id === id);
  if (!moved) return boxes;
  const others = boxes.filter((box) => box !== moved);
  const at = Math.min(Math.max(to, 0), others.length);
  if (boxes[at] === moved) return boxes;
  return [...others.slice(0, at), moved, ...others.slice(at)];
}

/** Puts many texts in: blank boxes are filled first, then new ones are added at the end. */
export function addMany(boxes: Boxes, texts: readonly string[]): Change {
  const waiting = [...texts];
  const filled = boxes.map((box) =>
    isBlank(box.text) && waiting.length > 0 ? { ...box, text: waiting.shift()! } : box,
  );
  const { boxes: all, leftOut } = insert(filled, waiting);
  const firstNew = all.find((box, i) => box.text !== boxes[i]?.text);
  return { boxes: all, focus: firstNew?.id ?? null, leftOut };
}

/**
 * Spreads pasted lines over boxes: the first goes where it was pasted, the others follow below.
 */
export function spread(boxes: Boxes, id: number, lines: readonly string[]): Change {
  const [first = '', ...others] = lines;
  const change = insert(edit(boxes, id, first), others, id);
  return { ...change, focus: change.focus ?? id };
}

/** The lines of a pasted text that say something. */
export function lines(pasted: string): string[] {
  return pasted
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

let lastId = 0;

/** Ids are never used twice, so a result can't end up under another text. */
function newBox(text: string): Box {
  lastId += 1;
  return { id: lastId, text };
}
