// Counts how often each start of the 2 x 2 net succeeds, with the page's own nets on the page's
// own data: node starts.mjs > src/starts.json.
import { asPixels, KERNELS, learning, STARTS } from "../src/learning";
import { images, variantOf } from "../src/sources";

const SEEDS = 20;
const PASSES = 15;
const spec = { config: "original", variant: variantOf("original"), seed: "0" } as const;
const data = {
  train: asPixels(images(spec, "train", 0, 750)),
  test: asPixels(images(spec, "test", 0, 250)),
};
const rows = STARTS.map((start) => {
  let found = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    for (const tick of learning(["4"], seed, start, PASSES, data)) {
      if (tick?.done && tick.test >= 0.99) found++;
    }
  }
  return { start, kernels: KERNELS[start], found, seeds: SEEDS, passes: PASSES, least: 0.99 };
});
console.log(`[\n${rows.map((row) => ` ${JSON.stringify(row)}`).join(",\n")}\n]`);
