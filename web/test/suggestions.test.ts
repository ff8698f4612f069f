import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { type Component, flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { EncodersAnswer, Suggestion } from '../src/api/types';
import OpenEncoder from '../src/components/OpenEncoder.svelte';
import Presets from '../src/components/Presets.svelte';
import { offered } from '../src/state/offered.svelte';
import { createPage } from '../src/state/page';
import { PRESETS } from '../src/state/presets';
import { TABLE, settings } from '../src/state/settings.svelte';
import { comparison } from './comparison';
import Provide from './Provide.svelte';

const SMALL: Suggestion = {
  name: 'owner/small',
  purpose: 'small',
  description: 'small: for search',
  languages: 'English',
  licence: 'MIT',
  dims: 384,
  max_tokens: 512,
  download_bytes: 134_000_000,
  here: false,
};
const MANY: Suggestion = {
  ...SMALL,
  name: 'owner/many',
  purpose: 'multilingual',
  languages: 'over 50 languages',
  max_tokens: null,
  here: true,
};

function answer(names: readonly string[]): EncodersAnswer {
  return {
    default: 'minilm',
    opens: true,
    trains: true,
    suggestions: [SMALL, MANY],
    encoders: names.map((name) => ({
      name,
      label: name === 'minilm' ? 'MiniLM' : name,
      description: `what ${name} is`,
      ready: true,
      identity: null,
      runtime: null,
      prompts: {},
      widths: [],
    })),
  };
}

const asked: [string, unknown][] = [];

beforeEach(async () => {
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
  asked.length = 0;
  vi.stubGlobal('fetch', (path: string, how?: RequestInit) => {
    asked.push([path, how?.body ? JSON.parse(String(how.body)) : null]);
    const names = path.endsWith('open') ? ['minilm', 'owner/many'] : ['minilm'];
    return Promise.resolve(Response.json(answer(names)));
  });
  offered.refresh();
  await waitFor(() => expect(offered.suggestions).toHaveLength(2));
});

afterEach(() => {
  vi.unstubAllGlobals();
  for (const [name, { usual }] of Object.entries(TABLE)) Object.assign(settings, { [name]: usual });
});

function show(of: unknown) {
  const texts = ['one cat', 'two cats', 'a tax'];
  const state = createPage([], comparison(texts, [1, 0.7, 0.5]), () => new Promise(() => {}));
  render(Provide, { state, of: of as Component<Record<string, unknown>>, given: {} });
  return state;
}

describe('what could be opened', () => {
  test('is told with its size, what it reads, languages, licence and what it costs', async () => {
    show(OpenEncoder);
    await fireEvent.click(screen.getByText('Open another…'));
    const small = screen.getByRole('button', { name: /^owner\/small/ });
    const plain = (button: HTMLElement) => button.textContent?.replaceAll('\u00a0', ' ');
    expect(plain(small)).toContain(
      '384 numbers · reads 512 tokens · English · MIT · download of 134 MB',
    );
    const many = screen.getByRole('button', { name: /^owner\/many/ });
    expect(plain(many)).toContain('texts of any length');
    expect(plain(many)).toContain('on this machine');
  });

  test('is opened and chosen by one click', async () => {
    const { results } = show(OpenEncoder);
    await fireEvent.click(screen.getByText('Open another…'));
    await fireEvent.click(screen.getByRole('button', { name: /^owner\/many/ }));
    await waitFor(() => expect(results.encoder).toBe('owner/many'));
    expect(asked).toContainEqual([
      expect.stringContaining('api/encoders/open'),
      { name: 'owner/many' },
    ]);
    expect(offered.names).toEqual(['minilm', 'owner/many']);
  });

  test('of many languages is offered where languages are the question', async () => {
    const preset = PRESETS.find(({ name }) => name === 'Languages')!;
    const state = show(Presets);
    settings.question = { preset, predicted: 1, encoder: 'minilm' };
    vi.stubGlobal('fetch', (path: string) =>
      Promise.resolve(
        Response.json(
          path.endsWith('compare')
            ? comparison(preset.texts, [1, 0.2, 0.3, 0.1])
            : answer(['minilm', 'owner/many']),
        ),
      ),
    );
    flushSync();
    const offer = await screen.findByRole('button', { name: 'Try many' });
    expect(offer.parentElement?.textContent).toContain('over 50 languages, on this machine');
    await fireEvent.click(offer);
    await waitFor(() => expect(state.results.encoder).toBe('owner/many'));
  });
});

describe('an encoder', () => {
  test('is called as the server says', () => {
    expect(offered.label('minilm')).toBe('MiniLM');
    expect(offered.says('minilm')).toBe('what minilm is');
    expect(offered.label('some/where')).toBe('where');
    expect(offered.says('some/where')).toBe('some/where');
  });
});
