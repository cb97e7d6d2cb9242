// The images of any config that the page shows.

import { state } from "../../docs/vectors/original.json";
import { DEFAULT_VARIANT, DRAWN_CONFIGS, Drawer, type Batch, type DrawnConfigName, type Split, type Variant } from "./draw";
import { MersenneTwister, originalSplit, replay, type Release } from "./original";

export type ConfigName = "original" | DrawnConfigName;
export const CONFIG_NAMES: readonly ConfigName[] = ["original", ...(Object.keys(DRAWN_CONFIGS) as DrawnConfigName[])];

/** What images are shown: for `original` the variant is what it was drawn like. */
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

function cut(batch: Batch, start: number, count: number): Batch {
  const area = batch.size ** 2;
  const stop = Math.min(start + count, batch.count);
  return {
    size: batch.size,
    count: stop - start,
    pixels: batch.pixels.slice(start * area, stop * area),
    labels: batch.labels.slice(start, stop),
    rows: batch.rows.slice(start, stop),
    cols: batch.cols.slice(start, stop),
    angles: batch.angles.slice(start, stop),
  };
}

export function images(spec: Spec, split: Split, start: number, count: number): Batch {
  if (spec.config !== "original") {
    return new Drawer(spec.variant, split, BigInt(spec.seed)).draw(start, count);
  }
  release ??= replay(
    new MersenneTwister(Uint32Array.from(state.match(/.{8}/g)!, (word) => parseInt(word, 16))),
  );
  return cut(originalSplit(release, split), start, count);
}
