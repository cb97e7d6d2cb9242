// The best possible classifier: the posterior of the two classes, for unturned strokes.
//
// A pixel of a level has an exact distribution on 256 gray values, counted over the 65,536 equally
// likely noise bits. Up to a common factor, an image is as likely under a class as the mean, over
// where the stroke can be, of the product of P(value | ink) / P(value | canvas) over the stroke's
// pixels. A value that the canvas never has must be ink: only places that explain the most of those
// count.

import { gray, permutation, positions, stroke, type Split, type Variant } from "./draw";

function law(level: number, noise: number): Float64Array {
  const chances = new Float64Array(256);
  for (let bits = 0; bits < 65536; bits++) chances[gray(level, noise, bits)]! += 1 / 65536;
  return chances;
}

/** Returns the chance that an image is a slash; `variant` must not turn strokes. */
export function posterior(variant: Variant, split: Split): (image: Uint8Array) => number {
  if (variant.max_rotation !== 0) throw new Error("the optimum is for unturned strokes");
  const size = variant.image_size;
  const canvas = law(1, variant.noise);
  const laws = new Map<number, Float64Array>();
  const classes = [0, 1].map((label) => {
    const { offsets, levels } = stroke(variant, label, 0);
    return Array.from(offsets, (offset, k) => {
      const level = levels[k]!;
      if (!laws.has(level)) laws.set(level, law(level, variant.noise));
      return { offset, ink: laws.get(level)! };
    });
  });
  const { firstRow, numRows, firstCol, numCols } = positions(variant, split);
  const order = variant.pixel_permutation ? permutation(variant.pixel_permutation, size) : null;
  const plain = new Uint8Array(size * size);

  return (image) => {
    if (order) order.forEach((from, p) => (plain[from] = image[p]!));
    else plain.set(image);
    let most = 0;
    const sums = [0, 0];
    for (let label = 0; label < 2; label++) {
      for (let row = firstRow; row < firstRow + numRows; row++) {
        for (let col = firstCol; col < firstCol + numCols; col++) {
          let product = 1;
          let explained = 0;
          for (const { offset, ink } of classes[label]!) {
            const value = plain[row * size + col + offset]!;
            product *= canvas[value] ? ink[value]! / canvas[value]! : ink[value]!;
            if (!canvas[value]) explained++;
            if (product === 0) break;
          }
          if (product === 0 || explained < most) continue;
          if (explained > most) {
            most = explained;
            sums.fill(0);
          }
          sums[label]! += product;
        }
      }
    }
    return sums[1]! / (sums[0]! + sums[1]!);
  };
}

/** The likelier class of an image; half of each if both are equally likely. */
export function optimum(variant: Variant, split: Split): (image: Uint8Array) => number {
  const chance = posterior(variant, split);
  return (image) => {
    const slash = chance(image);
    return slash === 0.5 ? 0.5 : Number(slash > 0.5);
  };
}
