/** What becomes of a visitor's texts, for the foot of the page. */

const OWN = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const REMOTE = /^(openai\/|https?:\/\/)/;

/** Whether the page comes from the reader's own computer. */
export function isOwn(host: string): boolean {
  return OWN.test(host);
}

/** Say it of the page that trains: what it is given stays for a while where it is trained. */
export function storedForTraining(host: string): string {
  return isOwn(host)
    ? 'labels in this tab; tables and models in the memory of the program on this computer that serves the page, for an hour. Nothing goes anywhere else.'
    : `labels in this tab; tables and models in the memory of ${host}, for an hour and for you alone. It may note when you asked, from which address and how much.`;
}

/**
 * Say it of a page that came from `host`, whose texts `encoder` reads.
 *
 * Holds for every setting of the server: it may log sizes, times and addresses, never a text.
 */
export function stored(host: string, encoder: string): string {
  const remote = REMOTE.test(encoder);
  const own = isOwn(host);
  const notes = own
    ? remote
      ? 'no text.'
      : 'nothing outside this tab.'
    : `no text. ${host} may note when you asked, from which address and how much.`;
  const way = `Your texts go to ${own ? 'the program on this computer that serves the page' : host}`;
  const further = remote
    ? `, and from there to the provider of ${encoder}, whose own rules apply. Vectors are kept on disk.`
    : ' and nowhere else.';
  return `${notes} ${way}${further}`;
}
