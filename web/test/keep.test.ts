import { describe, expect, test } from 'vitest';
import { reopen } from '../src/keep/reopen';
import { receipt, toCsv, toNpy, toPython } from '../src/keep/table';
import { toCapsule } from '../src/keep/capsule';
import { cosine } from '../src/vectors/cosine';
import { decodeVector } from '../src/vectors/decode';
import { comparison, encode } from './comparison';

test('CSV quotes what it must and defuses formulas', () => {
  const csv = toCsv(comparison(['say "hi", you', '=1+1', 'plain'], [1, 0.5, 0.25]));
  const [head, first, second, third] = csv.split('\r\n');
  expect(head).toBe(
    'text,tokens,truncated,unknown,similarity,percentile,background,encoder,digest',
  );
  expect(first).toMatch(/^"say ""hi"", you",5,false,0,1,,general English,minilm,d+$/);
  expect(second).toMatch(/^'=1\+1,5,false,0,0\.5,93\.4,/);
  expect(third).toMatch(/^plain,/);
});

test.each([
  ['-12.50', '-12.50'],
  ['+1e3', '+1e3'],
  ['-1+cmd', "'-1+cmd"],
  ['+49 170', "'+49 170"],
  ["'=A1", "''=A1"],
  ['\0=A1', "'\0=A1"],
  ["'tis", "'tis"],
  ['\n=A1', `"'\n'=A1"`],
  ['＝A1', "'＝A1"],
  [' @f(1)', "' @f(1)"],
  [' -1', '" -1"'],
  ['a;=1+1;b', `"a;'=1+1;b"`],
  ["a;'=1+1", `"a;''=1+1"`],
  ["a;+cmd|'/C calc'!A0", `"a;'+cmd|'/C calc'!A0"`],
  ['fine ;-)', '"fine ;-)"'],
  ['T\n=====\n- a (b)', '"T\n=====\n- a (b)"'],
])('CSV writes %j so that Likewise reads it again', (text, cell) => {
  const line = toCsv(comparison([text], [1])).split('\r\n')[1] ?? '';
  expect(line.slice(0, line.indexOf(',5,'))).toBe(cell);
});

test('NPY has an aligned header and the numbers behind it', () => {
  const bytes = toNpy(comparison(['a', 'b'], [1, 0.5]));
  const view = new DataView(bytes.buffer);
  expect([...bytes.slice(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const length = 10 + view.getUint16(8, true);
  expect(length % 64).toBe(0);
  const head = new TextDecoder().decode(bytes.slice(10, length));
  expect(head.trim()).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }");
  expect(head.endsWith('\n')).toBe(true);
  expect(bytes.length).toBe(length + 2 * 4 * 4);
  expect(view.getFloat32(length + 4, true)).toBe(-0.5);
});

test('Python holds the texts as they are', () => {
  const code = toPython(comparison(['say "hi"\n', 'b\\'], [1, 0.5]));
  expect(code).toContain('    "say \\"hi\\"\\n",\n    "b\\\\",\n');
  expect(code).toContain('likewise.compare(texts, "minilm")');
});

test('a receipt holds the two texts and their encoder', () => {
  const code = receipt('say "hi"', 'b\\', 'minilm');
  expect(code).toContain('likewise.load("minilm").encode([\n    "say \\"hi\\"",\n    "b\\\\",\n])');
});

describe('reopen', () => {
  const exported = comparison(['a', 'b'], [1, 0.5]);
  const serve =
    (answer = exported) =>
    () =>
      Promise.resolve(answer);

  test('gives the comparison of the same encoder', async () => {
    expect(await reopen(JSON.stringify(exported), serve())).toEqual(exported);
  });

  test('refuses vectors of another identity, even of the same name and size', async () => {
    const other = { ...exported, encoder: { ...exported.encoder, digest: 'e'.repeat(64) } };
    await expect(reopen(JSON.stringify(other), serve())).rejects.toMatchObject({
      code: 'incompatible_vectors',
    });
  });

  test('refuses vectors that were changed', async () => {
    const changed = structuredClone(exported);
    changed.texts[1]!.embedding = encode([0.5, 0.5, 0.5, 0.5]);
    await expect(reopen(JSON.stringify(changed), serve())).rejects.toThrow('text 2');
    for (const none of [[NaN, 0, 0, 0], [0, 0, 0, 0], [1], []]) {
      changed.texts[1]!.embedding = encode(none);
      await expect(reopen(JSON.stringify(changed), serve())).rejects.toThrow('text 2');
    }
    changed.texts[1]!.embedding = 'no base64!';
    await expect(reopen(JSON.stringify(changed), serve())).rejects.toMatchObject({
      code: 'unreadable_file',
    });
  });

  test.each(['', '[]', '{"texts":[]}', '{"encoder":{"name":"x","digest":"y"},"texts":[{}]}'])(
    'refuses what is not a comparison: %s',
    async (content) => {
      await expect(reopen(content, serve())).rejects.toMatchObject({ code: 'unreadable_file' });
    },
  );
});

test('a text can not break out of a capsule', () => {
  const html = toCapsule(comparison(['</script><script>alert(1)</script>', "$& $1 $'"], [1, 0.5]));
  expect(html.match(/<script/g)).toHaveLength(2);
  const block = html.match(/id="capsule">(.*?)<\/script>/s)![1]!;
  expect(JSON.parse(block).texts).toEqual(['</script><script>alert(1)</script>', "$& $1 $'"]);
});

test('a capsule keeps the three digits that the page shows', () => {
  const shown = comparison(['one', 'two', 'three'], [1, 0.2994, 0.1234]);
  const block = toCapsule(shown).match(/id="capsule">(.*?)<\/script>/s)![1]!;
  const { stored, vectors } = JSON.parse(block) as { stored: string; vectors: string[] };
  expect(stored).toBe('int16');
  const [one, two] = vectors.map((text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return Float32Array.from(new Int16Array(bytes.buffer));
  });
  const whole = shown.texts.map(({ embedding }) => decodeVector(embedding));
  expect(cosine(one!, two!)).toBeCloseTo(cosine(whole[0]!, whole[1]!), 4);
});
