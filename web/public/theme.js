// before the first paint: the scheme that the reader chose in this tab (src/state/theme.svelte.ts)
try {
  const theme = sessionStorage.getItem('likewise-theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // a browser that keeps nothing
}
