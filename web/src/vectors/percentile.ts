/** From a cosine to the share of unrelated pairs that are less similar. */

export interface Quantiles {
  /** Per cent, rising from 0 to 100. */
  levels: readonly number[];
  /** Cosine at each level; rising, with ties. */
  quantiles: readonly number[];
}

/** Same as the server's: linear between quantiles, the middle of the levels where they tie. */
export function percentile({ levels, quantiles }: Quantiles, cosine: number): number {
  const last = quantiles.length - 1;
  if (cosine < quantiles[0]!) return 0;
  if (cosine > quantiles[last]!) return 100;
  const at = lowest(quantiles, cosine);
  let end = at;
  while (end < last && quantiles[end + 1] === quantiles[at]) end++;
  const middle = (levels[at]! + levels[end]!) / 2;
  if (quantiles[at] === cosine) return middle;
  let start = at - 1;
  while (start > 0 && quantiles[start - 1] === quantiles[at - 1]) start--;
  const before = (levels[start]! + levels[at - 1]!) / 2;
  const [low, high] = [quantiles[at - 1]!, quantiles[at]!];
  return before + ((cosine - low) / (high - low)) * (middle - before);
}

/** Half the width of the middle two thirds: the standard deviation, were it a normal one. */
export function spread({ levels, quantiles }: Quantiles): number {
  const at = (level: number) => quantiles[levels.findIndex((value) => value >= level)] ?? 0;
  return (at(84.1) - at(15.9)) / 2;
}

/** Index of the first quantile that is not below `cosine`. */
function lowest(quantiles: readonly number[], cosine: number): number {
  let [low, high] = [0, quantiles.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (quantiles[middle]! < cosine) low = middle + 1;
    else high = middle;
  }
  return low;
}
