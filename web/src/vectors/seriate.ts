/**
 * An order in which similar texts stand together.
 *
 * A path through the texts: it begins with the most similar pair, grows at whichever end has the
 * most similar text left over, and is then improved by turning stretches of it round (2-opt,
 * Croes 1958) as long as neighbours become more similar.
 */
export function seriate(matrix: readonly (readonly number[])[]): number[] {
  const n = matrix.length;
  if (n < 3) return Array.from({ length: n }, (_, i) => i);
  const path = improve(greedy(matrix), matrix);
  // either direction is as good: the first text stands in the upper half
  return path.indexOf(0) <= (n - 1) / 2 ? path : path.reverse();
}

function greedy(matrix: readonly (readonly number[])[]): number[] {
  const n = matrix.length;
  let start: [number, number] = [0, 1];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (matrix[i]![j]! > matrix[start[0]]![start[1]]!) start = [i, j];
    }
  }
  const path = [...start];
  const left = new Set(matrix.keys());
  for (const i of start) left.delete(i);
  while (left.size > 0) {
    const [head, tail] = [path[0]!, path.at(-1)!];
    let best = -Infinity;
    let found = { text: -1, atHead: false };
    for (const text of left) {
      for (const end of [head, tail]) {
        const similarity = matrix[end]![text]!;
        if (similarity > best) [best, found] = [similarity, { text, atHead: end === head }];
      }
    }
    if (found.atHead) path.unshift(found.text);
    else path.push(found.text);
    left.delete(found.text);
  }
  return path;
}

function improve(path: number[], matrix: readonly (readonly number[])[]): number[] {
  const near = (i: number, j: number) =>
    path[i] === undefined || path[j] === undefined ? 0 : matrix[path[i]]![path[j]]!;
  for (let round = 0, better = true; better && round < 20; round++) {
    better = false;
    for (let i = 0; i < path.length - 1; i++) {
      for (let j = i + 1; j < path.length; j++) {
        const gain = near(i - 1, j) + near(i, j + 1) - near(i - 1, i) - near(j, j + 1);
        if (gain > 1e-9) {
          path.splice(i, j - i + 1, ...path.slice(i, j + 1).reverse());
          better = true;
        }
      }
    }
  }
  return path;
}
