/** How the ends of a scale of colours are written. */

/** A number; one of four digits may be a year. */
export function plainNumber(value: number): string {
  return value.toLocaleString('en', { useGrouping: Math.abs(value) >= 10_000 });
}

const MINUTE = 60;
const DAY = 86_400;

/** How times in seconds since 1970 are written: as exactly as they lie apart. */
export function timeNames(seconds: ArrayLike<number>): (value: number) => string {
  let [first, last] = [Infinity, -Infinity];
  for (let i = 0; i < seconds.length; i++) {
    const one = seconds[i]!;
    if (Number.isFinite(one)) [first, last] = [Math.min(first, one), Math.max(last, one)];
  }
  const width = last - first;
  const characters = width >= 3 * DAY ? 10 : width >= 3 * MINUTE ? 16 : 19;
  return (value) => {
    const date = new Date(1000 * value);
    if (Number.isNaN(date.getTime())) return 'far away';
    const [day, time] = date.toISOString().split('T');
    return `${day} ${time}`.slice(0, day!.length + characters - 10).trim();
  };
}
