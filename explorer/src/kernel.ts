// Four numbers that slide over an image: the responses, the verdict and the score.

/** Weights of a 2 x 2 kernel, line by line. */
export type Kernel = readonly [number, number, number, number];

export const SOLVED: Kernel = [0.35, -1, -1, 0.35];

/** The (S - 1) x (S - 1) weighted sums of an image with values from 0 to 255. */
export function responses(image: Uint8Array, size: number, kernel: Kernel): Float64Array {
  const [a, b, c, d] = kernel;
  const side = size - 1;
  const sums = new Float64Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const p = y * size + x;
      sums[y * side + x] =
        (a * image[p]! + b * image[p + 1]! + c * image[p + size]! + d * image[p + size + 1]!) / 255;
    }
  }
  return sums;
}

export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}

/** Whether any window's sum is above zero: the verdict is "slash". */
export function saysSlash(image: Uint8Array, size: number, kernel: Kernel): boolean {
  const [a, b, c, d] = kernel;
  for (let y = 0; y < size - 1; y++) {
    for (let p = y * size; p < y * size + size - 1; p++) {
      // The division is as in `responses`: a sum of whole parts must not differ in its sign.
      const sum = a * image[p]! + b * image[p + 1]! + c * image[p + size]! + d * image[p + size + 1]!;
      if (sum / 255 > 0) return true;
    }
  }
  return false;
}

export interface Scored {
  correct: number;
  /** 1 for each image that was answered wrong. */
  wrong: Uint8Array;
}

export function score(pixels: Uint8Array, labels: Uint8Array, size: number, kernel: Kernel): Scored {
  const area = size * size;
  const wrong = Uint8Array.from(labels, (label, i) =>
    Number(saysSlash(pixels.subarray(i * area, (i + 1) * area), size, kernel) !== (label === 1)),
  );
  return { correct: wrong.reduce((n, w) => n - w, labels.length), wrong };
}

/** The window that is visited at a step: lines alternate in direction, so that it never jumps. */
export function visited(step: number, side: number): { row: number; col: number } {
  const row = Math.floor(step / side);
  const along = step % side;
  return { row, col: row % 2 ? side - 1 - along : along };
}

export function stepOf(row: number, col: number, side: number): number {
  return row * side + (row % 2 ? side - 1 - col : col);
}

/**
 * For which `a` the kernel (a, -1, -1, a) is right on every image that can be drawn, for unturned
 * strokes of width 1. Two dark neighbours must win at their lightest, on the darkest canvas; one
 * dark neighbour must lose at its darkest, beside the lightest canvas.
 */
export function guaranteed(noise: number, contrast: number): [number, number] {
  const canvas = Math.max(0, 1 - noise / 2);
  const lightestInk = Math.min(1, 1 - contrast + noise / 2);
  const darkestInk = Math.max(0, 1 - contrast - noise / 2);
  return [lightestInk / canvas, (darkestInk + canvas) / 2];
}
