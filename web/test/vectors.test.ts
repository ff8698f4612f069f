import { expect, test } from 'vitest';
import { decodeVector } from '../src/vectors/decode';

test('base64 of little-endian float32 gives its numbers', () => {
  // struct.pack('<4f', 1, -2, 0.5, 3.25) in Python
  expect([...decodeVector('AACAPwAAAMAAAAA/AABQQA==')]).toEqual([1, -2, 0.5, 3.25]);
});

test('no bytes give no numbers', () => {
  expect(decodeVector('')).toHaveLength(0);
});
