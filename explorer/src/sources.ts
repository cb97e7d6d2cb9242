// The images of any config that the page shows.

import { state } from "../../docs/vectors/original.json";
import { DEFAULT_VARIANT, DRAWN_CONFIGS, Drawer, emptyBatch, imageOf, type Batch, type DrawnConfigName, type Split, type Variant } from "./draw";
import { MersenneTwister, originalSplit, replay, type Release } from "./original";
import { finished, type Work } from "./work";

export type ConfigName = "original" | DrawnConfigName;
export const CONFIG_NAMES: readonly ConfigName[] = ["original", ...(Object.keys(DRAWN_CONFIGS) as DrawnConfigName[])];

/** Which images are shown; for `original`, the variant describes how it was drawn. */
export interface Spec {
  config: ConfigName;
  variant: Variant;
  seed: string;
}

export const variantOf = (config: ConfigName): Variant => ({
  ...DEFAULT_VARIANT,
  ...(config === "original" ? {} : DRAWN_CONFIGS[config]),
});

let release: Release | null = null;

/** Some rows of a batch, by number, as a batch. */
export function taken(batch: Batch, rows: ArrayLike<number>): Batch {
  const made = emptyBatch(batch.size, rows.length);
  for (let to = 0; to < rows.length; to++) {
    const from = rows[to]!;
    made.pixels.set(imageOf(batch, from), to * batch.size ** 2);
    for (const key of ["labels", "rows", "cols", "angles"] as const) made[key][to] = batch[key][from]!;
  }
  return made;
}

export function joined(batches: readonly Batch[]): Batch {
  const made = emptyBatch(batches[0]!.size, batches.reduce((n, batch) => n + batch.count, 0));
  let at = 0;
  for (const batch of batches) {
    made.pixels.set(batch.pixels, at * batch.size ** 2);
    for (const key of ["labels", "rows", "cols", "angles"] as const) made[key].set(batch[key], at);
    at += batch.count;
  }
  return made;
}

const SLICE = 64;

/** The first rows of a split. */
export function* drawing(spec: Spec, split: Split, count: number): Work<Batch> {
  if (spec.config === "original") {
    release ??= replay(new MersenneTwister(Uint32Array.from(state.match(/.{8}/g)!, (word) => parseInt(word, 16))));
    return taken(originalSplit(release, split), Array.from({ length: count }, (_, i) => i));
  }
  const drawer = new Drawer(spec.variant, split, BigInt(spec.seed));
  const parts: Batch[] = [];
  for (let start = 0; start < count; start += SLICE) {
    parts.push(drawer.draw(start, Math.min(SLICE, count - start)));
    yield;
  }
  return joined(parts);
}

export const images = (spec: Spec, split: Split, count: number): Batch => finished(drawing(spec, split, count));
