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

export async function get(name: string): Promise<Collection> {
  return read<Collection>(await reach(of(name), {}));
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

export async function stop(id: string): Promise<ExploreJob> {
  const path = `api/collections/jobs/${encodeURIComponent(id)}`;
  return read<ExploreJob>(await reach(path, { method: 'DELETE' }));
}

export function makeMap(name: string, layout: LayoutName): Promise<ExploreJob> {
  return post<ExploreJob>(`${of(name)}/maps`, { layout });
}

export async function mapAbout(name: string, layout: LayoutName): Promise<MapAbout> {
  return read<MapAbout>(await reach(`${of(name)}/maps/${layout}`, {}));
}

export async function mapPart(
  name: string,
  layout: LayoutName,
  part: string,
): Promise<ArrayBuffer> {
  const response = await reach(`${of(name)}/maps/${layout}/${part}`, {});
  if (!response.ok) throw toFailure(await response.json());
  return response.arrayBuffer();
}

export function search(name: string, asked: Search, signal?: AbortSignal): Promise<Found> {
  return post<Found>(`${of(name)}/search`, asked, signal);
}

export async function filtered(
  name: string,
  filter: string,
  signal?: AbortSignal,
): Promise<Int32Array> {
  const found = await post<Schemas['RowNumbers']>(`${of(name)}/filter`, { filter }, signal);
  return int32(found.rows);
}

export async function rows(
  name: string,
  wanted: number[],
  signal?: AbortSignal,
): Promise<RowText[]> {
  return (await post<Schemas['RowsAnswer']>(`${of(name)}/rows`, { rows: wanted }, signal)).rows;
}

/** All rows in the order of a column, what is missing last; `text` and `id` are columns too. */
export async function order(
  name: string,
  wanted: string,
  down: boolean,
  signal?: AbortSignal,
): Promise<Int32Array> {
  const path = `${of(name)}/order?column=${encodeURIComponent(wanted)}&down=${down}`;
  return int32((await read<Schemas['RowNumbers']>(await reach(path, { signal }))).rows);
}

/** The similarity of each row to a query. */
export async function similarities(
  name: string,
  asked: Search,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const path = `${of(name)}/similarities`;
  return float32((await post<Schemas['SimilaritiesAnswer']>(path, asked, signal)).values);
}

export async function neighbours(
  name: string,
  layout: LayoutName,
  row: number,
  signal?: AbortSignal,
): Promise<Neighbours> {
  const path = `${of(name)}/maps/${layout}/neighbours?row=${row}`;
  return read<Neighbours>(await reach(path, { signal }));
}

export async function column(name: string, wanted: string): Promise<Column> {
  return read<Column>(await reach(`${of(name)}/columns/${encodeURIComponent(wanted)}`, {}));
}

export function describe(name: string, wanted: Int32Array): Promise<Description> {
  return post<Description>(`${of(name)}/describe`, { rows: [...wanted] });
}

export async function duplicates(name: string, percentile: number): Promise<Duplicates> {
  return read<Duplicates>(await reach(`${of(name)}/duplicates?percentile=${percentile}`, {}));
}

export function compare(name: string, other: Other): Promise<ExploreJob> {
  return post<ExploreJob>(`${of(name)}/comparisons`, other);
}

export async function comparison(name: string, other: Other): Promise<Comparison> {
  const path = `${of(name)}/comparisons?${new URLSearchParams(other).toString()}`;
  return read<Comparison>(await reach(path, {}));
}

/** The share of its nearest that each text has by both; NaN where it was not asked. */
export async function overlaps(name: string, other: Other): Promise<Float32Array> {
  const path = `${of(name)}/comparisons/overlaps?${new URLSearchParams(other).toString()}`;
  const response = await reach(path, {});
  if (!response.ok) throw toFailure(await response.json());
  return new Float32Array(await response.arrayBuffer());
}

export function measureBudget(name: string): Promise<ExploreJob> {
  return post<ExploreJob>(`${of(name)}/budget`, {});
}

export async function budget(name: string): Promise<Budget> {
  return read<Budget>(await reach(`${of(name)}/budget`, {}));
}

export async function exported(
  name: string,
  wanted: Int32Array,
  format: 'csv' | 'jsonl',
): Promise<Blob> {
  const response = await reach(`${of(name)}/export`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rows: [...wanted], format }),
  });
  if (!response.ok) throw toFailure(await response.json());
  return response.blob();
}

/** Rows as a table that Classify can label and train on. */
export async function toTable(name: string, wanted: Int32Array): Promise<string> {
  return (await post<Schemas['NewTableAnswer']>(`${of(name)}/table`, { rows: [...wanted] })).id;
}

export function int32(text: string): Int32Array {
  return new Int32Array(fromBase64Url(text).buffer);
}

export function float32(text: string): Float32Array {
  return new Float32Array(fromBase64Url(text).buffer);
}
