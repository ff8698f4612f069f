/** A comparison as the server would give it, for tests that need one. */

import type { Comparison } from '../src/api/types';

export function encode(numbers: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  numbers.forEach((number, i) => view.setFloat32(i * 4, number, true));
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

export function comparison(texts: readonly string[], similarities: readonly number[]): Comparison {
  const others = similarities.slice(1);
  return {
    encoder: {
      name: 'minilm',
      revision: 'r',
      weights: 'w',
      tokenizer: 't',
      graph: 'g',
      dims: 4,
      max_tokens: 256,
      pooling: 'mean',
      prefix: '',
      digest: 'd'.repeat(64),
    },
    runtime: { engine: 'test', precision: 'f32', parity: null, threads: 1, notes: [] },
    landmarks: {
      cuts: [0.19, 0.58],
      apart: [0.98, 0.83],
      kinds: ['strangers', 'same subject', 'same meaning'].map((name, i) => ({
        name,
        pairs: 120,
        quantiles: Array.from({ length: 21 }, (_, k) => i * 0.3 - 0.2 + k * 0.02),
      })),
    },
    background: { name: 'general English', pairs: 1000, digest: 'd'.repeat(64) },
    unit: 'token',
    texts: texts.map((text, i) => ({
      text,
      tokens: 5,
      truncated: false,
      similarity: similarities[i]!,
      percentile: 93.4,
      unknown: 0,
      likeness: i === 0 ? null : 'same subject',
      point: [i, 0],
      nearest: texts.length > 1 ? (i === 0 ? 1 : 0) : null,
      embedding: encode([0.5, -0.5, 0.5, -0.5]),
    })),
    best: others.length ? [similarities.indexOf(Math.max(...others), 1)] : [],
    matrix: texts.map((_, i) => texts.map((_, j) => (i === j ? 1 : similarities[Math.max(i, j)]!))),
    kept: 0.87,
  };
}
