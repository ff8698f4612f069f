/** Has a box grow with its text where the browser can't do that by itself. */
export function grow(text: () => string) {
  return (area: HTMLTextAreaElement): void => {
    if (CSS.supports?.('field-sizing', 'content')) return;
    void text();
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
  };
}
