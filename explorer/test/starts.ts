// How often each start of the 2 x 2 net succeeds, with the page's own nets on the author's pictures.
import { asPixels, KERNELS, learning, type Start } from "../src/learning";
import { images, variantOf } from "../src/sources";

export const SEEDS = 20;
export const PASSES = 15;
export const LEAST = 0.99;

const spec = { config: "original", variant: variantOf("original"), seed: "0" } as const;
const data = { train: asPixels(images(spec, "train", 750)), test: asPixels(images(spec, "test", 250)) };

export function finds(start: Start, seed: number): boolean {
  let test = 0;
  for (const tick of learning(["4"], seed, start, PASSES, data)) test = tick?.test ?? test;
  return test >= LEAST;
}

/** A row of src/starts.json: which of the first seeds find it. */
export function rowOf(start: Start) {
  const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);
  return { start, kernels: KERNELS[start], found: seeds.filter((seed) => finds(start, seed)), seeds: SEEDS, passes: PASSES, least: LEAST };
}
