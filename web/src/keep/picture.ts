/** The picture as a file of its own: an SVG that carries its looks, or a PNG of it. */

const CARRIED = [
  'fill',
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

export function pictureAsSvg(shown: SVGSVGElement): string {
  const copy = shown.cloneNode(true) as SVGSVGElement;
  carryLooks(shown, copy);
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
  return new XMLSerializer().serializeToString(copy);
}

/** Three device pixels for each of the screen's: sharp in print. */
export async function pictureAsPng(shown: SVGSVGElement, scale = 3): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([pictureAsSvg(shown)], { type: 'image/svg+xml' }));
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

/** The page's style sheet does not travel with the file, so each element takes its share. */
function carryLooks(from: Element, to: Element): void {
  const looks = getComputedStyle(from);
  for (const name of CARRIED)
    (to as SVGElement).style.setProperty(name, looks.getPropertyValue(name));
  to.removeAttribute('class');
  [...from.children].forEach((child, i) => carryLooks(child, to.children[i]!));
}
