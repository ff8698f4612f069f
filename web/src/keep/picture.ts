/** The picture as a file of its own: an SVG that carries its looks, or a PNG of it. */

import fontFile from '@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2?url';
import { toBase64 } from './base64';

const CARRIED = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'transform',
  'white-space',
];

/** `font` is what `embeddedFont` gives; without it a reader's own font is taken. */
export function pictureAsSvg(shown: SVGSVGElement, font = ''): string {
  const copy = shown.cloneNode(true) as SVGSVGElement;
  carryLooks(shown, copy);
  keepWidths(shown, copy);
  // what is there for a pointer alone
  for (const part of copy.querySelectorAll('[data-screen]')) part.remove();
  const { width, height } = shown.getBoundingClientRect();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(Math.round(width)));
  copy.setAttribute('height', String(Math.round(height)));
  const sheet = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  sheet.setAttribute('width', '100%');
  sheet.setAttribute('height', '100%');
  sheet.setAttribute(
    'fill',
    getComputedStyle(shown.closest('.sheet') ?? document.body).backgroundColor,
  );
  copy.prepend(sheet);
  if (font) {
    const style = document.createElementNS('http://www.w3.org/2000/svg', 'style');
    style.textContent = `@font-face{font-family:Figtree;font-weight:300 900;src:url(${font}) format('woff2')}`;
    copy.prepend(style);
  }
  return new XMLSerializer().serializeToString(copy);
}

let figtree: Promise<string> | undefined;

/** The font that its labels were measured in, as an address that is the font itself. */
export function embeddedFont(): Promise<string> {
  figtree ??= fetch(fontFile).then(async (response) => {
    const bytes = new Uint8Array(await response.arrayBuffer());
    return `data:font/woff2;base64,${toBase64(bytes)}`;
  });
  return figtree;
}

/** Three device pixels for each of the screen's: sharp in print. */
export async function pictureAsPng(shown: SVGSVGElement, font = '', scale = 3): Promise<Blob> {
  const svg = pictureAsSvg(shown, font);
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * scale;
    canvas.height = image.naturalHeight * scale;
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error('no picture'))),
        'image/png',
      ),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** A label is as wide as it is on the page, whatever font there is: else it could be cut off. */
function keepWidths(shown: SVGSVGElement, copy: SVGSVGElement): void {
  const labels = copy.querySelectorAll('text');
  shown.querySelectorAll('text').forEach((label, i) => {
    labels[i]!.setAttribute('textLength', label.getComputedTextLength().toFixed(1));
    labels[i]!.setAttribute('lengthAdjust', 'spacingAndGlyphs');
  });
}

/** The page's style sheet does not travel with the file, so each element takes its share. */
function carryLooks(from: Element, to: Element): void {
  const looks = getComputedStyle(from);
  for (const name of CARRIED)
    (to as SVGElement).style.setProperty(name, looks.getPropertyValue(name));
  to.removeAttribute('class');
  [...from.children].forEach((child, i) => carryLooks(child, to.children[i]!));
}
