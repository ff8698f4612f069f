/**
 * From a number of a vector to a place on the colour scale.
 *
 * A vector of unit length has numbers of about 1/√dims, most of them far smaller than the
 * largest. A signed power below 1 lifts the small ones off zero without changing their sign.
 * The reference is fixed for an encoder, so a colour means the same number in every text.
 */

/** Exponent of the signed power. */
export const POWER = 0.6;

/** Root mean squares at which the scale is full: few numbers of a real model lie beyond. */
const FULL = 3;

/** Number at which the colour is strongest, for vectors of unit length with `dims` numbers. */
export function fullScale(dims: number): number {
  return FULL / Math.sqrt(dims);
}

/** Signed power scale: −1…1, odd, monotone, 0 at 0, clamped at ±`full`. */
export function signedPower(value: number, full: number, power = POWER): number {
  const share = Math.min(1, Math.abs(value) / full);
  return Math.sign(value) * share ** power;
}
