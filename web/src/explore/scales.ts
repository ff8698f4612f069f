/** How the ends of a scale of colours are written. */

/** A number; one of four digits may be a year. */
export function plainNumber(value: number): string {
  return value.toLocaleString('en', { useGrouping: Math.abs(value) >= 10_000 });
}

/** The day of a time in seconds since 1970. */
export function day(seconds: number): string {
  const date = new Date(1000 * seconds);
  return Number.isNaN(date.getTime()) ? 'far away' : date.toISOString().replace(/T.*/, '');
}
