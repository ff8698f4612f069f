/** What is said of a model that could be opened. */

import type { Suggestion } from '../api/types';

/** `384 numbers · reads 512 tokens · English · MIT · download of 134 MB`. */
export function facts(suggestion: Suggestion): string {
  const { dims, max_tokens, languages, licence } = suggestion;
  return [
    dims === null ? '' : `${dims} numbers`,
    max_tokens === null ? 'texts of any length' : `reads ${max_tokens.toLocaleString('en')} tokens`,
    languages ?? '',
    licence ?? '',
    cost(suggestion),
  ]
    .filter((part) => part !== '')
    .map((part) => part.replaceAll(' ', '\u00a0')) // a line breaks between facts
    .join(' · ');
}

/** `on this machine`, or what has to be fetched first. */
export function cost({ here, download_bytes }: Suggestion): string {
  if (here) return 'on this machine';
  if (download_bytes === null) return 'to be downloaded';
  return `download of ${Math.round(download_bytes / 1e6).toLocaleString('en')} MB`;
}
