/** Bytes as they are read: 1,536 bytes, 15.4 MB. */
export function bytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, count < 1 ? 0 : Math.floor(Math.log10(count) / 3));
  if (power === 0) return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
  const value = count / 1_000 ** power;
  return `${value.toFixed(value < 100 ? 1 : 0)} ${units[power]}`;
}
