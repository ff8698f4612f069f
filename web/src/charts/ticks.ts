/** Round values for an axis: 1, 2 or 5 times a power of ten, at least `apart` from each other. */
export function ticks(low: number, high: number, apart = (high - low) / 4): number[] {
  if (low === high) return [low];
  const power = 10 ** Math.floor(Math.log10(apart));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= apart * (1 - 1e-9));
  if (step === undefined || !Number.isFinite(step)) return [];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Round values from 0 to the highest value or the first beyond it, so that each point has one on both sides. */
export function ticksPast(high: number): number[] {
  const [first = 0, second = high] = ticks(0, high);
  const step = second - first;
  return ticks(0, step * Math.ceil(high / step - 1e-9), step);
}
