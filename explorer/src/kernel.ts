// A few numbers that slide over an image: the responses, the verdict and the score.

import { type Batch } from "./draw";
import { finished } from "./work";

/** Weights of a square kernel, line by line. */
export type Kernel = readonly number[];

export const SOLVED: Kernel = [0.35, -1, -1, 0.35];

export const sideOf = (kernel: Kernel): number => Math.sqrt(kernel.length);

/** The centre of a kernel, padded with zeros. */
export function resized(kernel: Kernel, side: number): number[] {
  const before = sideOf(kernel);
  const edge = Math.trunc((side - before) / 2);
  return Array.from({ length: side * side }, (_, j) => {
    const [row, col] = [Math.floor(j / side) - edge, (j % side) - edge];
    return 0 <= Math.min(row, col) && Math.max(row, col) < before ? kernel[row * before + col]! : 0;
  });
}

/** Left and right swapped. */
export function mirrored(kernel: Kernel): number[] {
  const side = sideOf(kernel);
  return kernel.map((_, j) => kernel[j - (j % side) + side - 1 - (j % side)]!);
}

/** Offsets of the pixels under a window from its top left one. */
export function offsets(kernel: Kernel, size: number): number[] {
  const side = sideOf(kernel);
  return kernel.map((_, j) => Math.floor(j / side) * size + (j % side));
}

function sumAt(image: Uint8Array, at: number, by: readonly number[], kernel: Kernel): number {
  let sum = 0;
  for (let j = 0; j < by.length; j++) sum += kernel[j]! * image[at + by[j]!]!;
  return sum / 255;
}

/** The weighted sums of all windows, line by line, of an image with values from 0 to 255. */
export function responses(image: Uint8Array, size: number, kernel: Kernel): Float64Array {
  const by = offsets(kernel, size);
  const wide = size - sideOf(kernel) + 1;
  return Float64Array.from({ length: wide * wide }, (_, k) => sumAt(image, Math.floor(k / wide) * size + (k % wide), by, kernel));
}

export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}

/** Whether any window's sum is above zero: the verdict is "slash". */
export function saysSlash(image: Uint8Array, size: number, kernel: Kernel): boolean {
  const by = offsets(kernel, size);
  const last = size - sideOf(kernel);
  for (let y = 0; y <= last; y++) {
    for (let at = y * size; at <= y * size + last; at++) if (sumAt(image, at, by, kernel) > 0) return true;
  }
  return false;
}

export interface Scored {
  correct: number;
  /** 1 for each misread image. */
  wrong: Uint8Array;
}

type Labelled = Pick<Batch, "pixels" | "labels" | "size">;

export function* scoring({ pixels, labels, size }: Labelled, kernel: Kernel): Generator<void, Scored> {
  const area = size * size;
  const wrong = new Uint8Array(labels.length);
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    const right = saysSlash(pixels.subarray(i * area, (i + 1) * area), size, kernel) === (labels[i] === 1);
    wrong[i] = Number(!right);
    correct += Number(right);
    if (i % 32 === 31) yield;
  }
  return { correct, wrong };
}

export const score = (batch: Labelled, kernel: Kernel): Scored => finished(scoring(batch, kernel));

/** The window at a step: lines alternate in direction, so that it never jumps. */
export function visited(step: number, side: number): { row: number; col: number } {
  const row = Math.floor(step / side);
  const along = step % side;
  return { row, col: row % 2 ? side - 1 - along : along };
}

export function stepOf(row: number, col: number, side: number): number {
  return row * side + (row % 2 ? side - 1 - col : col);
}

/**
 * The range of `a` for which the kernel (a, -1, -1, a) is right on every possible image of unturned
 * strokes of width 1. Two dark neighbours must win at their lightest, on the darkest canvas; one
 * dark neighbour must lose at its darkest, beside the lightest canvas.
 */
export function guaranteed(noise: number, contrast: number): [number, number] {
  const canvas = Math.max(0, 1 - noise / 2);
  const lightestInk = Math.min(1, 1 - contrast + noise / 2);
  const darkestInk = Math.max(0, 1 - contrast - noise / 2);
  return [lightestInk / canvas, (darkestInk + canvas) / 2];
}
