/** One visit to the Explore page: a collection, its map, and what is looked for in it. */

import { type Failure, asFailure } from '../api/client';
import { failureOf, follow } from '../api/job';
import type { TableAnswer } from '../api/types';
import type { Camera } from '../map/camera';
import type { Named } from '../map/labels';
import { named } from '../map/labels';
import * as api from './api';
import { parts, read, START, write, type View } from './view';

const LISTED = 50;
const WAIT = 150; // ms after a key until it is searched

export interface Drawn {
  about: api.MapAbout;
  points: Float32Array;
  kept: Float32Array;
  levels: { labels: Int32Array; names: string[] }[];
  groups: Named[];
}

export class Explorer {
  collections = $state.raw<api.Collections | null>(null);
  collection = $state.raw<api.Collection | null>(null);
  drawn = $state.raw<Drawn | null>(null);
  job = $state.raw<api.ExploreJob | null>(null);
  notes = $state.raw<string[]>([]);
  failure = $state.raw<Failure | null>(null);
  /** Why a search or a filter found nothing that can be told. */
  refused = $state.raw<Failure | null>(null);
  view = $state.raw<View>(read(location.hash));
  found = $state.raw<api.Found | null>(null);
  passing = $state.raw<Int32Array | null>(null);
  selected = $state.raw<number[]>([]);
  column = $state.raw<api.Column | null>(null);
  point = $state.raw<api.Neighbours | null>(null);
  #following: AbortController | null = null;
  #searching: AbortController | null = null;
  #hovering: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The rows that are lit on the map; null where none is singled out. */
  get lit(): number[] | null {
    if (this.found) return this.found.hits.map(({ row }) => row);
    if (this.selected.length) return this.selected;
    return this.passing ? [...this.passing] : null;
  }

  async begin(): Promise<void> {
    await this.#try(async () => {
      this.collections = await api.list();
      const { collection } = this.view;
      if (collection !== null) await this.open(collection, true);
    });
  }

  /** Change a part of the view, and the address with it. */
  look(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    history.replaceState(null, '', `#${write(this.view)}`);
  }

  moved(camera: Camera): void {
    this.look({ camera });
  }

  async open(name: string, asLinked = false): Promise<void> {
    await this.#try(async () => {
      this.#leave();
      if (!asLinked) this.look({ ...START, collection: name });
      this.collection = await api.get(name);
      await this.draw(this.view.layout);
      await this.colourBy(this.view.colour);
      this.searchNow();
    });
  }

  close(): void {
    this.#leave();
    this.look(START);
    void this.#try(async () => {
      this.collections = await api.list();
    });
  }

  async draw(layout: api.LayoutName): Promise<void> {
    const { collection } = this;
    if (!collection) return;
    if (collection.count < 1) return;
    if (layout !== this.view.layout) this.look({ layout, camera: null });
    if (!(await this.#follow(await api.makeMap(collection.name, layout)))) return;
    const about = await api.mapAbout(collection.name, layout);
    const part = (name: string) => api.mapPart(collection.name, layout, name);
    const [points, kept, ...labels] = await Promise.all([
      part('points'),
      part('kept'),
      ...about.levels.map((_, number) => part(`level-${number}`)),
    ]);
    const places = new Float32Array(points);
    const levels = about.levels.map((clusters, number) => ({
      labels: new Int32Array(labels[number]!),
      names: clusters.map(({ words }) => words.join(', ')),
    }));
    this.drawn = {
      about,
      points: places,
      kept: Float32Array.from(new Uint8Array(kept), (value) => value / 255),
      levels,
      groups: about.levels.flatMap((clusters, level) =>
        named(
          places,
          levels[level]!.labels,
          clusters.map(({ words }) => words.slice(0, 2).join(', ')),
          level,
        ),
      ),
    };
  }

  async colourBy(colour: string): Promise<void> {
    await this.#try(async () => {
      const name = colour.startsWith('column:') ? colour.slice('column:'.length) : null;
      this.column =
        name === null || !this.collection ? null : await api.column(this.collection.name, name);
      this.look({ colour });
    });
  }

  search(change: Partial<Pick<View, 'query' | 'filter' | 'hybrid'>>): void {
    this.look(change);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.searchNow(), WAIT);
  }

  searchNow(): void {
    void this.#search();
  }

  /** Search by a text of the collection. */
  async like(row: number): Promise<void> {
    const { collection, view } = this;
    if (!collection) return;
    await this.#try(async () => {
      this.found = await api.search(collection.name, {
        like: [{ row, weight: 1 }],
        filter: view.filter.trim() || null,
        k: LISTED,
      });
    });
  }

  async hover(row: number | null): Promise<void> {
    this.#hovering?.abort();
    if (row === null || !this.collection || !this.drawn) {
      this.point = null;
      return;
    }
    const hovering = (this.#hovering = new AbortController());
    try {
      const { layout } = this.drawn.about;
      const { signal } = hovering;
      this.point = await api.neighbours(this.collection.name, layout, row, signal);
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
      if (await this.#follow(await api.create(asked))) {
        const { notes } = this;
        await this.open(name);
        this.notes = notes;
      }
    });
  }

  async remove(name: string): Promise<void> {
    await this.#try(async () => {
      this.collections = await api.remove(name);
    });
  }

  async stop(): Promise<void> {
    const { job } = this;
    if (job) await this.#try(async () => void (this.job = await api.stop(job.id)));
  }

  /** Label the selection in Classify. */
  async label(): Promise<void> {
    const { collection, selected } = this;
    if (!collection) return;
    await this.#try(async () => {
      const table = await api.toTable(collection.name, selected);
      location.assign(`./classify.html#table=${encodeURIComponent(table)}`);
    });
  }

  async #search(): Promise<void> {
    const { collection, view } = this;
    this.#searching?.abort();
    const searching = (this.#searching = new AbortController());
    if (!collection) return;
    const query = parts(view.query);
    const filter = view.filter.trim();
    this.refused = null;
    try {
      const { signal } = searching;
      this.passing = filter ? await api.filtered(collection.name, filter, signal) : null;
      this.found = query.length
        ? await api.search(
            collection.name,
            { query, filter: filter || null, hybrid: view.hybrid, k: LISTED },
            signal,
          )
        : null;
    } catch (error) {
      if (searching.signal.aborted) return;
      this.refused = asFailure(error);
      this.found = this.passing = null;
    }
  }

  async #follow(job: api.ExploreJob): Promise<boolean> {
    this.#following?.abort();
    const following = (this.#following = new AbortController());
    this.job = job;
    await follow(
      () => api.job(job.id),
      (now) => (this.job = now),
      following.signal,
    );
    if (following.signal.aborted) return false;
    const ended = this.job;
    this.failure = failureOf(ended);
    this.notes = ended.notes;
    this.job = null;
    return ended.state === 'done';
  }

  #leave(): void {
    for (const work of [this.#following, this.#searching, this.#hovering]) work?.abort();
    this.collection = this.drawn = this.job = this.found = this.passing = null;
    this.column = this.point = this.failure = this.refused = null;
    this.selected = [];
    this.notes = [];
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.failure = null;
    try {
      await work();
    } catch (error) {
      this.failure = asFailure(error);
      this.job = null;
    }
  }
}
