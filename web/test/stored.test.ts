import { expect, test } from 'vitest';
import { stored, storedForTraining } from '../src/components/stored';

test.each(['localhost', '127.0.0.1', '127.0.1.1', '[::1]'])('%s is this computer', (host) => {
  expect(stored(host, 'minilm')).toBe(
    'nothing outside this tab. Your texts go to the program on this computer that serves the page and nowhere else.',
  );
});

test.each(['embed.example.org', '127.evil.example', 'localhost.example', '192.168.1.5'])(
  '%s is another, and is named',
  (host) => {
    expect(stored(host, 'minilm')).toBe(
      `no text. ${host} may note when you asked, from which address and how much. ` +
        `Your texts go to ${host} and nowhere else.`,
    );
  },
);

test.each([
  'openai/text-embedding-3-small',
  'http://localhost:11434/v1/m',
  'https://x.example/v1/m',
])('texts for %s go further, from wherever the page came', (encoder) => {
  for (const host of ['localhost', 'embed.example.org']) {
    expect(stored(host, encoder)).toContain(`and from there to the provider of ${encoder}`);
    expect(stored(host, encoder)).toContain('Vectors are kept on disk.');
    expect(stored(host, encoder)).not.toMatch(/nothing|no further/);
  }
});

test('where one trains, tables and models stay in memory for an hour', () => {
  expect(storedForTraining('localhost')).toContain('the program on this computer');
  expect(storedForTraining('localhost')).toContain('for an hour');
  expect(storedForTraining('embed.example.org')).toContain('the memory of embed.example.org');
});
