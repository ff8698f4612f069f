/** The newest answer in one sentence, for those who hear the page. */

import { fixed } from '../charts/numbers';
import type { Answer } from './answer';
import type { Boxes } from './boxes';

/** Which text is most similar; '' where there is nothing to compare. */
export function summarise(answer: Answer | null, boxes: Boxes): string {
  const best = [...(answer?.results ?? [])].filter(([, result]) => result.isBest);
  if (best.length === 0) return '';
  const which = best.map(([id]) => `text ${boxes.findIndex((box) => box.id === id) + 1}`);
  const similarity = fixed(best[0]![1].similarity, 2);
  return `Most similar to the first: ${which.join(' and ')}, similarity ${similarity}.`;
}
