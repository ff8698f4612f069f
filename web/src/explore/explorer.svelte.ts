/** One visit to the Explore page: a collection, its map, and what is looked at in it. */

import { type Failure, asFailure } from '../api/client';
import type { TableAnswer } from '../api/types';
import { hand } from '../keep/handed';
import type { Camera } from '../map/camera';
import * as api from './api';
import { both } from './chosen';
import { type Drawn, drawn } from './drawn';
import { Search } from './search.svelte';
import { Task } from './task.svelte';
import { read, START, write, type View } from './view';

const SETTLED = 200; // ms until the address says what is looked at: browsers allow few changes
/** What a server answers whose collections visitors don't see. */
const NOT_OURS: ReadonlySet<string> = new Set(['not_found', 'invalid_api_key']);
const MOST_LABELLED = 50_000; // texts that somebody could label one by one
const REMEMBERED = 200; // texts whose neighbours are kept

export class Explorer {
  collections = $state.raw<api.Collections | null>(null);
  collection = $state.raw<api.Collection | null>(null);
  /** Whether the collections here are those of who runs the server, and of nobody else. */
  closed = $state(false);
  drawn = $state.raw<Drawn | null>(null);
  search = $state.raw<Search | null>(null);
  readonly task = new Task();
  notes = $state.raw<string[]>([]);
  failure = $state.raw<Failure | null>(null);
  view = $state.raw<View>(read(location.hash));
  /** What was drawn around or chosen otherwise; null where nothing was. */
  selected = $state.raw<Int32Array | null>(null);
  column = $state.raw<api.Column | null>(null);
  /** A number of each text that was measured here, which can colour the map. */
  measured = $state.raw<{ name: string; values: Float32Array } | null>(null);
  point = $state.raw<api.Neighbours | null>(null);
  /** A file that was dropped on the page and not taken yet. */
  dropped = $state.raw<File | null>(null);
  #hovering: AbortController | null = null;
  #known = new Map<number, api.Neighbours>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The rows that are selected and pass the filter; null where neither bounds them. */
  get chosen(): Int32Array | null {
    return both(this.selected, this.search?.passing ?? null);
  }

  /** The rows that are lit on the map; null where none is singled out. */
  get lit(): Int32Array | null {
    const found = this.search?.found;
    if (!this.selected && found) return Int32Array.from(found.hits, ({ row }) => row);
    return this.chosen;
  }

  async begin(): Promise<void> {
    await this.#try(async () => {
      try {
        this.collections = await api.list();
      } catch (error) {
        if (!NOT_OURS.has(asFailure(error).code)) throw error;
        this.closed = true;
        return;
      }
      const { collection } = this.view;
      if (collection !== null) await this.open(collection, true);
    });
  }

  /** Change a part of the view, and the address with it. */
  look(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    this.settle();
  }

  /** Have the address say what is looked at. */
  settle(): void {
    clearTimeout(this.#timer);
    history.replaceState(null, '', `#${write(this.view)}`);
  }

  /** The map was moved, as it is many times a second; the address follows when it rests. */
  moved(camera: Camera): void {
    this.view = { ...this.view, camera };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.settle(), SETTLED);
  }

  async open(name: string, asLinked = false): Promise<void> {
    await this.#try(async () => {
      this.#leave();
      if (!asLinked) this.look({ ...START, collection: name });
      this.collection = await api.get(name);
      this.search = new Search(name);
      this.#search();
      if (this.view.rows) this.selected = this.#there(this.view.rows);
      await this.draw(this.view.layout);
      if (!this.drawn) return;
      await this.colourBy(this.view.colour);
      if (this.view.point !== null) await this.pin(this.view.point);
    });
  }

  close(): void {
    this.#leave();
    this.look(START);
    void this.#try(async () => {
      this.collections = await api.list();
    });
  }

  /** Take a file that was dropped, whatever is looked at. */
  drop(file: File): void {
    if (this.task.job) return;
    if (this.collection) this.close();
    this.dropped = file;
  }

  async draw(layout: api.LayoutName): Promise<void> {
    const { collection } = this;
    if (!collection || collection.count < 1) return;
    await this.#try(async () => {
      const before = this.view;
      const made = await this.task.run(api.makeMap(collection.name, layout));
      if (!made) return;
      this.notes = [...new Set([...this.notes, ...made.notes])];
      if (layout !== before.layout) {
        this.look({ layout, camera: null, lasso: null });
        if (before.lasso) this.selected = null;
      }
      this.#known.clear();
      this.drawn = await drawn(collection.name, layout);
    });
  }

  async colourBy(colour: string): Promise<void> {
    await this.#try(async () => {
      const name = colour.startsWith('column:') ? colour.slice('column:'.length) : null;
      this.column =
        name === null || !this.collection ? null : await api.column(this.collection.name, name);
      this.look({ colour });
    });
  }

  /** Colour the map by a share of each text that was measured here. */
  measure(name: string, values: Float32Array): void {
    this.measured = { name, values };
    this.column = null;
    this.look({ colour: 'measured' });
  }

  /** Look for something else; a new question is asked of all texts, not of a selection. */
  find(change: Partial<Pick<View, 'query' | 'filter' | 'hybrid' | 'like'>>): void {
    if (change.query !== undefined || change.like !== undefined) this.select(null);
    this.look({ ...(change.query === undefined ? {} : { like: null }), ...change });
    this.#search();
  }

  /** Search by a text of the collection. */
  like(row: number): void {
    this.find({ query: '', hybrid: false, like: row });
  }

  /** Select what was drawn around, or rows that were chosen otherwise; null selects nothing. */
  select(rows: Int32Array | null, lasso: number[] | null = null): void {
    this.selected = rows;
    this.look({ lasso, rows: rows && !lasso ? [...rows] : null });
  }

  /** Have a text stay in view, whatever the pointer is over; none for null. */
  async pin(row: number | null): Promise<void> {
    this.look({ point: row });
    await this.hover(row);
  }

  /** Show the text that the pointer is over; at none, the one that was pinned. */
  async hover(row: number | null): Promise<void> {
    this.#hovering?.abort();
    const wanted = row ?? this.view.point;
    if (wanted === null || !this.collection || !this.drawn) {
      this.point = null;
      return;
    }
    const known = this.#known.get(wanted);
    if (known) {
      this.point = known;
      return;
    }
    const hovering = (this.#hovering = new AbortController());
    try {
      const { layout } = this.drawn.about;
      const { signal } = hovering;
      const found = await api.neighbours(this.collection.name, layout, wanted, signal);
      if (hovering.signal.aborted) return;
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(wanted, found);
      this.point = found;
    } catch (error) {
      if (!hovering.signal.aborted) this.failure = asFailure(error);
    }
  }

  /** Make a collection of a table, or of a built-in one, and open it. */
  async make(
    name: string,
    from: { table: TableAnswer; text: string; id: string | null } | { builtin: string },
  ): Promise<void> {
    await this.#try(async () => {
      const asked =
        'builtin' in from
          ? { name, builtin: from.builtin }
          : { name, table: from.table.id, text: from.text, id: from.id };
      const made = await this.task.run(api.create(asked));
      if (!made) return;
      await this.open(name);
      this.notes = made.notes;
    });
  }

  async remove(name: string): Promise<void> {
    await this.#try(async () => {
      this.collections = await api.remove(name);
    });
  }

  /** Label rows in Classify. */
  async label(rows: Int32Array): Promise<void> {
    const { collection } = this;
    if (!collection) return;
    this.settle();
    const table = await api.toTable(collection.name, rows);
    if (rows.length <= MOST_LABELLED) {
      const texts = await api.textsOf(collection.name, rows);
      hand({ table, name: collection.name, texts });
    }
    location.assign(`./classify.html#table=${encodeURIComponent(table)}`);
  }

  #search(): void {
    this.search?.send(this.view);
  }

  /** The rows that the collection still has, as a link may be older than it. */
  #there(rows: number[]): Int32Array {
    return Int32Array.from(rows.filter((row) => row < this.collection!.count));
  }

  #leave(): void {
    this.#hovering?.abort();
    this.task.leave();
    this.search?.stop();
    this.#known.clear();
    this.collection = this.drawn = this.search = null;
    this.column = this.point = this.failure = this.selected = this.measured = null;
    this.notes = [];
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.failure = null;
    try {
      await work();
    } catch (error) {
      this.failure = asFailure(error);
    }
  }
}
