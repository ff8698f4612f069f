/** Texts that one page hands to the next in the same tab, beside the table that was made of them. */

const KEY = 'likewise-handed';
/** Characters for which a tab has room besides all else that it keeps. */
const MOST = 1_500_000;

export interface Handed {
  /** The id of the table. */
  table: string;
  name: string;
  texts: readonly string[];
}

/** Keep texts for the next page; more than a tab has room for are not kept, the table alone is. */
export function hand(given: Handed): void {
  try {
    const said = JSON.stringify(given);
    if (said.length <= MOST) sessionStorage.setItem(KEY, said);
    else sessionStorage.removeItem(KEY);
  } catch {
    // no room, or none is given: it works without
  }
}

/** The texts that were handed over with a table; null where there are none. */
export function handed(table: string): Handed | null {
  try {
    const given = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Handed | null;
    return given?.table === table ? given : null;
  } catch {
    return null;
  }
}
