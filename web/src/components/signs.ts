/** Signs of buttons, each a path in a square of 12. */

export const CROSS = 'M2 2l8 8M10 2l-8 8';
export const TO_TOP = 'M2 1.5h8M6 11V4M3 7l3-3 3 3';
export const TWICE = 'M4.5 4.5h6v6h-6zM7.5 4.5v-3h-6v6h3';
export const PLUS = 'M6 2v8M2 6h8';
export const MINUS = 'M2 6h8';
export const BACK = 'M3.75 2L1.5 4.25 3.75 6.5M1.9 4.25h5.6a3 3 0 010 6H4.5';
export const ONWARD = 'M8.25 2l2.25 2.25L8.25 6.5M10.1 4.25H4.5a3 3 0 000 6h3';
export const MOON = 'M10.3 7.5A4.7 4.7 0 014.5 1.7a4.7 4.7 0 105.8 5.8z';
export const SUN =
  'M8.1 6a2.1 2.1 0 11-4.2 0 2.1 2.1 0 014.2 0zM6 .9v1M6 10.1v1M.9 6h1M10.1 6h1M2.4 2.4l.7.7M8.9 8.9l.7.7M2.4 9.6l.7-.7M8.9 3.1l.7-.7';
