/** From the plane's coordinates to places on the screen. */

export interface Place {
  x: number;
  y: number;
}

export interface Frame {
  width: number;
  height: number;
  /** Free space at the left and the right, and at the top and the bottom, in the same pixels. */
  margin: Place;
}

/**
 * Fits points into a frame with one scale for both directions, because a picture of distances
 * may not stretch one of them. Points that all coincide stand in the middle. Gives where any
 * point lies then, and pixels for one unit.
 */
export function framing(points: readonly (readonly number[])[], frame: Frame) {
  const xs = points.map(([x = 0]) => x);
  const ys = points.map(([, y = 0]) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
  const fitted = Math.min(
    (frame.width - 2 * frame.margin.x) / Math.max(right - left, 1e-9),
    (frame.height - 2 * frame.margin.y) / Math.max(top - bottom, 1e-9),
  );
  const scale = right - left < 1e-9 && top - bottom < 1e-9 ? 0 : fitted;
  const placeOf = ([x = 0, y = 0]: readonly number[]): Place => ({
    x: frame.width / 2 + (x - (left + right) / 2) * scale,
    y: frame.height / 2 - (y - (bottom + top) / 2) * scale,
  });
  return { placeOf, scale };
}

/** Index of the nearest other place; null where there is no other. */
export function nearestPlace(places: readonly Place[], index: number): number | null {
  const from = places[index]!;
  let found: number | null = null;
  let least = Infinity;
  places.forEach((place, i) => {
    const distance = Math.hypot(place.x - from.x, place.y - from.y);
    if (i !== index && distance < least) [found, least] = [i, distance];
  });
  return found;
}

/** Pairs whose nearness the picture hides: a text and its true nearest neighbour. */
export function hiddenNeighbours(
  places: readonly Place[],
  nearest: readonly (number | null)[],
): [number, number][] {
  const pairs = nearest.flatMap((other, i): [number, number][] =>
    other !== null && nearestPlace(places, i) !== other ? [[i, other]] : [],
  );
  // two that are each other's nearest share one line
  return pairs.filter(([a, b]) => a < b || !pairs.some(([c, d]) => c === b && d === a));
}
