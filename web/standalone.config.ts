import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';

/** Puts the file beside the script that both will stand in. */
function template(): Plugin {
  return {
    name: 'template',
    generateBundle() {
      const source = readFileSync(new URL('src/map/standalone.html', import.meta.url), 'utf8');
      this.emitFile({ type: 'asset', fileName: 'standalone.html', source });
    },
  };
}

/** The viewer of `likewise map --html`: one script and one style, to stand inside one file. */
export default defineConfig({
  publicDir: false,
  plugins: [template()],
  build: {
    outDir: '../likewise/maps/viewer',
    emptyOutDir: true,
    target: 'es2022',
    lib: {
      entry: 'src/map/standalone.ts',
      formats: ['iife'],
      name: 'LikewiseMap',
      fileName: () => 'standalone.js',
      cssFileName: 'standalone',
    },
  },
});
