/** Collections of the server: made, searched, mapped, taken out. */

import { post, reach, read, toFailure } from '../api/client';
import { fromBase64Url } from '../keep/base64';
import type { components } from '../api/schema';

type Schemas = components['schemas'];
export type Collection = Schemas['CollectionAnswer'];
export type Collections = Schemas['CollectionsAnswer'];
export type ExploreJob = Schemas['ExploreJobAnswer'];
export type Found = Schemas['FoundAnswer'];
export type MapAbout = Schemas['MapAnswer'];
export type Neighbours = Schemas['NeighboursAnswer'];
export type Column = Schemas['ColumnAnswer'];
export type Description = Schemas['DescriptionAnswer'];
export type Duplicates = Schemas['DuplicatesAnswer'];
export type Comparison = Schemas['ComparisonAnswer'];
export type Budget = Schemas['BudgetAnswer'];
/** With what a collection is compared: another encoder, or a collection of the same texts. */
export type Other = { encoder: string } | { collection: string };
export type RowText = Schemas['RowAnswer'];
export type Search = Partial<Schemas['SearchRequest']>;
export type LayoutName = MapAbout['layout'];

const of = (name: string) => `api/collections/${encodeURIComponent(name)}`;

export async function list(): Promise<Collections> {
  return read<Collections>(await reach('api/collections', {}));
}

/** The states of collections in which the rows that the page knows of were counted. */
const generations = new Map<string, number>();

/** What a collection is; whatever is asked of it from now on is refused once it has changed. */
export async function get(name: string): Promise<Collection> {
  const found = await read<Collection>(await reach(of(name), {}));
  generations.set(name, found.generation);
  return found;
}

/** Ask something of a collection in the state that the page knows. */
function ask(name: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const known = generations.get(name);
  const headers = new Headers(body && { 'content-type': 'application/json' });
  if (known !== undefined) headers.set('if-match', String(known));
  return reach(`${of(name)}/${path}`, {
    method: body ? 'POST' : 'GET',
    headers,
    body: body && JSON.stringify(body),
    signal,
  });
}

async function answer<A extends object>(...asked: Parameters<typeof ask>): Promise<A> {
  return read<A>(await ask(...asked));
}

/** An answer that is not JSON. */
async function raw(...asked: Parameters<typeof ask>): Promise<Response> {
  const response = await ask(...asked);
  if (!response.ok) throw toFailure(await response.json());
  return response;
}

export function create(asked: Schemas['CreateRequest']): Promise<ExploreJob> {
  return post<ExploreJob>('api/collections', asked);
}

export async function remove(name: string): Promise<Collections> {
  return read<Collections>(await reach(of(name), { method: 'DELETE' }));
}

export async function job(id: string): Promise<ExploreJob> {
  return read<ExploreJob>(await reach(`api/collections/jobs/${encodeURIComponent(id)}`, {}));
}

/** Where the texts of a map lie that is being drawn: x and y in turn. */
export async function picture(id: string, signal: AbortSignal): Promise<Float32Array> {
  const path = `api/collections/jobs/${encodeURIComponent(id)}/picture`;
  const response = await reach(path, { signal });
  if (!response.ok) throw toFailure(await response.json());
  return new Float32Array(await response.arrayBuffer());
}

export async function stop(id: string): Promise<ExploreJob> {
  const path = `api/collections/jobs/${encodeURIComponent(id)}`;
  return read<ExploreJob>(await reach(path, { method: 'DELETE' }));
}

export function makeMap(name: string, layout: LayoutName): Promise<ExploreJob> {
  return answer<ExploreJob>(name, 'maps', { layout });
}

export function mapAbout(name: string, layout: LayoutName): Promise<MapAbout> {
  return answer<MapAbout>(name, `maps/${layout}`);
}

export async function mapPart(
  name: string,
  layout: LayoutName,
  part: string,
): Promise<ArrayBuffer> {
  return (await raw(name, `maps/${layout}/${part}`)).arrayBuffer();
}

export function search(name: string, asked: Search, signal?: AbortSignal): Promise<Found> {
  return answer<Found>(name, 'search', asked, signal);
}

export async function filtered(
  name: string,
  filter: string,
  signal?: AbortSignal,
): Promise<Int32Array> {
  const found = await answer<Schemas['RowNumbers']>(name, 'filter', { filter }, signal);
  return int32(found.rows);
}

export async function rows(
  name: string,
  wanted: number[],
  signal?: AbortSignal,
): Promise<RowText[]> {
  return (await answer<Schemas['RowsAnswer']>(name, 'rows', { rows: wanted }, signal)).rows;
}

/** All rows in the order of a column, what is missing last; `text` and `id` are columns too. */
export async function order(
  name: string,
  wanted: string,
  down: boolean,
  signal?: AbortSignal,
): Promise<Int32Array> {
  const path = `order?column=${encodeURIComponent(wanted)}&down=${down}`;
  return int32((await answer<Schemas['RowNumbers']>(name, path, undefined, signal)).rows);
}

/** The similarity of each row to a query. */
export async function similarities(
  name: string,
  asked: Search,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const found = await answer<Schemas['SimilaritiesAnswer']>(name, 'similarities', asked, signal);
  return float32(found.values);
}

export function neighbours(
  name: string,
  layout: LayoutName,
  row: number,
  signal?: AbortSignal,
): Promise<Neighbours> {
  return answer<Neighbours>(name, `maps/${layout}/neighbours?row=${row}`, undefined, signal);
}

export function column(name: string, wanted: string): Promise<Column> {
  return answer<Column>(name, `column?name=${encodeURIComponent(wanted)}`);
}

export function describe(name: string, wanted: Int32Array): Promise<Description> {
  return answer<Description>(name, 'describe', { rows: [...wanted] });
}

export function findDuplicates(name: string, percentile: number): Promise<ExploreJob> {
  return answer<ExploreJob>(name, 'duplicates', { percentile });
}

export function duplicates(name: string, percentile: number): Promise<Duplicates> {
  return answer<Duplicates>(name, `duplicates?percentile=${percentile}`);
}

export function compare(name: string, other: Other): Promise<ExploreJob> {
  return answer<ExploreJob>(name, 'comparisons', other);
}

export function comparison(name: string, other: Other): Promise<Comparison> {
  return answer<Comparison>(name, `comparisons?${new URLSearchParams(other).toString()}`);
}

/** The share of its nearest that each text has by both; NaN where it was not asked. */
export async function overlaps(name: string, other: Other): Promise<Float32Array> {
  const path = `comparisons/overlaps?${new URLSearchParams(other).toString()}`;
  return new Float32Array(await (await raw(name, path)).arrayBuffer());
}

export function measureBudget(name: string): Promise<ExploreJob> {
  return answer<ExploreJob>(name, 'budget', {});
}

export function budget(name: string): Promise<Budget> {
  return answer<Budget>(name, 'budget');
}

export async function exported(
  name: string,
  wanted: Int32Array,
  format: 'csv' | 'jsonl',
): Promise<Blob> {
  return (await raw(name, 'export', { rows: [...wanted], format })).blob();
}

/** The texts of rows. */
export async function textsOf(name: string, wanted: Int32Array): Promise<string[]> {
  const lines = await (await exported(name, wanted, 'jsonl')).text();
  return lines
    .split('\n')
    .filter((line) => line)
    .map((line) => (JSON.parse(line) as { text: string }).text);
}

/** Rows as a table that Classify can label and train on. */
export async function toTable(name: string, wanted: Int32Array): Promise<string> {
  return (await answer<Schemas['NewTableAnswer']>(name, 'table', { rows: [...wanted] })).id;
}

export function int32(text: string): Int32Array {
  return new Int32Array(fromBase64Url(text).buffer);
}

export function float64(text: string): Float64Array {
  return new Float64Array(fromBase64Url(text).buffer);
}

export function float32(text: string): Float32Array {
  return new Float32Array(fromBase64Url(text).buffer);
}
