import { expect, test } from 'vitest';

const SOURCES = import.meta.glob<string>(['../src/**/*.{svelte,ts,html}', '!**/schema.d.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

const NOT_SAID = /<!--[^]*?-->|\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm;

test('all that the pages say has one kind of apostrophe', () => {
  expect(Object.keys(SOURCES).length).toBeGreaterThan(100);
  expect('say // it\'s\n"can\'t"'.replace(NOT_SAID, '')).toBe('say \n"can\'t"');
  const straight = Object.entries(SOURCES).flatMap(([file, source]) =>
    [...source.replace(NOT_SAID, '').matchAll(/.*\p{L}'\p{L}.*/gu)].map(
      ([line]) => `${file}: ${line.trim()}`,
    ),
  );
  expect(straight).toEqual([]);
});
