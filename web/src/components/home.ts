/** Where the code is. */
export const HOME = 'https://github.com/likewise-embeddings/likewise';
