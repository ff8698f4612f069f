import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import pages from './pages.json' with { type: 'json' };

/** Packages whose code or files end up in the built page, so that their licences must too. */
const SHIPPED = ['svelte', '@fontsource/newsreader', '@fontsource-variable/figtree'];

function licences(): Plugin {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle() {
      const texts = SHIPPED.map((name) => {
        const file = name === 'svelte' ? 'LICENSE.md' : 'LICENSE';
        const text = readFileSync(new URL(`node_modules/${name}/${file}`, import.meta.url), 'utf8');
        return `${name}\n${'='.repeat(name.length)}\n\n${text.trim()}\n`;
      });
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join('\n\n') });
    },
  };
}

/** Puts what the pages' heads have in common where each says so, with the page's own words in it. */
function head(): Plugin {
  return {
    name: 'head',
    transformIndexHtml: {
      order: 'pre',
      handler(html, { path }) {
        const page = pages.find(({ file }) => path.endsWith(file)) ?? pages[0]!;
        const head = readFileSync(new URL('head.html', import.meta.url), 'utf8').trim();
        const told = head
          .replaceAll('{{title}}', page.title)
          .replaceAll('{{description}}', page.description);
        return html.replace('<!--head-->', told).replace('<!--article-->', article);
      },
    },
  };
}

/** Words that the page puts in itself, as they are at first. */
const AT_FIRST: Record<string, string> = { above: 'orange', below: 'blue', dims: '384' };

/** The article's prose as plain HTML, chapter by chapter, for readers and machines without script. */
function article(): string {
  const contents = readFileSync(new URL('src/article/contents.ts', import.meta.url), 'utf8');
  const names = [...contents.matchAll(/chapter: (\w+) }/g)].map(([, name]) => name!);
  return names
    .map((name) => {
      const file = new URL(`src/article/${name}.svelte`, import.meta.url);
      const source = readFileSync(file, 'utf8');
      const title = /<Chapter id="[^"]+" title="([^"]+)"/.exec(source)![1]!;
      const [, prose = ''] = /{#snippet prose\(\)}([\s\S]*?){\/snippet}/.exec(source) ?? [];
      const plain = prose
        .replace(/{' '}/g, ' ')
        .replace(/{(\w+)}/g, (_, word: string) => AT_FIRST[word] ?? '')
        .replace(/<p [^>]*>/g, '<p>');
      return `<h2>${title}</h2>${plain.replace(/\s+/g, ' ').trim()}`;
    })
    .join('\n');
}

export default defineConfig({
  base: './', // the server may be mounted under any path
  plugins: [head(), svelte(), svelteTesting(), licences()],
  build: {
    outDir: '../likewise/server/page',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy allows no data: addresses
    reportCompressedSize: true,
    rollupOptions: { input: pages.map(({ file }) => file) },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8337' } },
  test: {
    environment: 'jsdom',
    include: ['test/**/*.test.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    isolate: false,
    pool: 'threads',
    testTimeout: 60_000, // what a busy machine takes for the properties
  },
});
