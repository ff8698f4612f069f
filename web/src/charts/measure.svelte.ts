/** Width of a line of text in pixels, as the page's font draws it. */

/** Turns true when the page's fonts have come: widths that were measured before are then wrong. */
export const fonts = $state({ ready: false });

let context: CanvasRenderingContext2D | null | undefined;

void document.fonts?.ready.then(() => {
  fonts.ready = true;
});

export function textWidth(text: string, font: string): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * 7;
  context.font = font;
  return context.measureText(text).width;
}
