// The drawn configs, as docs/SPEC.md, part 1, specifies them: the twin of the package's draw.

import configs from "../../docs/vectors/configs.json";
import { Pcg64Dxsm, type Entropy } from "./generator";

export const DRAW_VERSION = 1;
export const SPLITS = ["train", "test"] as const;
export const REGIONS = ["all", "left", "right", "top", "bottom"] as const;
export type Split = (typeof SPLITS)[number];
export type Region = (typeof REGIONS)[number];

/** How the images of a drawn config look; the names are those of the package's keywords. */
export interface Variant {
  image_size: number;
  stroke_length: number;
  stroke_width: number;
  noise: number;
  contrast: number;
  max_rotation: number;
  train_region: Region;
  test_region: Region;
  pixel_permutation: number;
}

export const DEFAULT_VARIANT: Readonly<Variant> = {
  image_size: 30,
  stroke_length: 4,
  stroke_width: 1,
  noise: 0.5,
  contrast: 1,
  max_rotation: 0,
  train_region: "all",
  test_region: "all",
  pixel_permutation: 0,
};

export type DrawnConfigName = keyof typeof configs;

/** The named drawn configs: what differs from the defaults. */
export const DRAWN_CONFIGS = configs as Readonly<Record<DrawnConfigName, Partial<Variant>>>;

/** Consecutive rows: flat images, and the label and stroke position of each row. */
export interface Batch {
  size: number;
  count: number;
  /** `count * size * size` gray values, 0 black to 255 white. */
  pixels: Uint8Array;
  /** 0 a backslash, 1 a slash. */
  labels: Uint8Array;
  /** The top left corner of the stroke's block, before any permutation. */
  rows: Uint16Array;
  cols: Uint16Array;
  /** Counterclockwise turn in degrees. */
  angles: Float64Array;
}

export const imageOf = ({ pixels, size }: Batch, i: number): Uint8Array => pixels.subarray(i * size * size, (i + 1) * size * size);

export function emptyBatch(size: number, count: number): Batch {
  return {
    size,
    count,
    pixels: new Uint8Array(count * size * size),
    labels: new Uint8Array(count),
    rows: new Uint16Array(count),
    cols: new Uint16Array(count),
    angles: new Float64Array(count),
  };
}

/** 64-bit words of a row. */
export function wordsInRow(size: number): number {
  return 2 + Math.ceil((size * size) / 4);
}

export function splitEntropy(split: Split, seed: bigint): Entropy {
  return [
    DRAW_VERSION,
    SPLITS.indexOf(split),
    Number(seed & 0xffffffffn),
    Number((seed >> 32n) & 0xffffffffn),
  ];
}

/** Whole pixels by which ink may extend beyond the stroke's block (1.5). */
export function margin(variant: Variant): number {
  const half = (variant.stroke_length - 1) / 2;
  const turn = (variant.max_rotation * Math.PI) / 180;
  const fringe = (variant.stroke_width + 1) / Math.sqrt(8);
  const reach = half * (Math.cos(turn) + Math.sin(turn)) - half + fringe;
  return Math.ceil(reach - 1e-9) - 1;
}

export interface Positions {
  firstRow: number;
  numRows: number;
  firstCol: number;
  numCols: number;
}

/** Possible positions of the block's top left corner; a number below 1 means that it fits nowhere. */
export function positions(variant: Variant, split: Split): Positions {
  const { image_size: size, stroke_length: length } = variant;
  const region = split === "train" ? variant.train_region : variant.test_region;
  const half = Math.floor(size / 2);
  let [top, bottom, left, right] = [0, size, 0, size];
  if (region === "top") bottom = half;
  if (region === "bottom") top = size - half;
  if (region === "left") right = half;
  if (region === "right") left = size - half;
  const edge = margin(variant);
  return {
    firstRow: top + edge,
    numRows: bottom - top - length - 2 * edge + 1,
    firstCol: left + edge,
    numCols: right - left - length - 2 * edge + 1,
  };
}

/** Whether a stroke fits into the regions of both splits. */
export function exists(variant: Variant): boolean {
  if (variant.stroke_length > variant.image_size) return false;
  return SPLITS.every((split) => {
    const { numRows, numCols } = positions(variant, split);
    return numRows > 0 && numCols > 0;
  });
}

function clip(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

/** The nearest integer of a number from 0 on, ties to even. */
export function rint(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest > 0.5 ? below + 1 : below;
  return below + (below % 2);
}

/** The gray value of a pixel at a level from 0 to 1 under 16 bits of noise (1.8). */
export function gray(level: number, noise: number, bits: number): number {
  return rint(255 * clip(level + noise * ((bits + 0.5) / 65536 - 0.5), 0, 1));
}

const FACTORIALS = Array.from({ length: 20 }, () => 1);
for (let n = 1; n < 20; n++) FACTORIALS[n] = FACTORIALS[n - 1]! * n;

/** Sine and cosine of an angle in degrees by Taylor sums: libraries differ in the last bit. */
function sineAndCosine(degrees: number): [number, number] {
  const turn = degrees * (Math.PI / 180);
  const square = turn * turn;
  let [sine, cosine] = [0, 0];
  for (let power = 18; power >= 0; power -= 2) {
    const sign = power % 4 ? -1 : 1;
    cosine = cosine * square + sign / FACTORIALS[power]!;
    sine = sine * square + sign / FACTORIALS[power + 1]!;
  }
  return [sine * turn, cosine];
}

/** Ink, 0 to 1, of a stroke on a pixel that is counted from the block's corner (1.7). */
export function strokeInk(
  variant: Variant,
  label: number,
  degrees: number,
): (y: number, x: number) => number {
  const half = (variant.stroke_length - 1) / 2;
  const reach = (variant.stroke_width + 1) / 2;
  const [sine, cosine] = sineAndCosine(degrees);
  const down = label ? -(sine + cosine) : cosine - sine;
  const right = label ? cosine - sine : cosine + sine;
  return (y, x) => {
    const dy = y - half;
    const dx = x - half;
    const along = clip((dy * down + dx * right) / 2, -half, half);
    const gy = dy - along * down;
    const gx = dx - along * right;
    return clip(reach - Math.sqrt(2 * (gy * gy + gx * gx)), 0, 1);
  };
}

/** Pixels that a stroke inks: their offsets from the block's corner, and their levels. */
interface Stroke {
  offsets: Int32Array;
  levels: Float64Array;
}

export function stroke(variant: Variant, label: number, degrees: number): Stroke {
  const edge = margin(variant);
  const ink = strokeInk(variant, label, degrees);
  const offsets: number[] = [];
  const levels: number[] = [];
  for (let y = -edge; y < variant.stroke_length + edge; y++) {
    for (let x = -edge; x < variant.stroke_length + edge; x++) {
      const amount = ink(y, x);
      if (amount > 0) {
        offsets.push(y * variant.image_size + x);
        levels.push(1 - variant.contrast * amount);
      }
    }
  }
  return { offsets: Int32Array.from(offsets), levels: Float64Array.from(levels) };
}

/** `order[p]` is the pixel that a permutation puts at p (1.9). */
export function permutation(number: number, size: number): Uint32Array {
  const words = new Uint32Array(2 * size * size);
  new Pcg64Dxsm([DRAW_VERSION, 2, number, size]).fill(words);
  const order = Uint32Array.from({ length: size * size }, (_, pixel) => pixel);
  return order.sort(
    (a, b) =>
      words[2 * a + 1]! - words[2 * b + 1]! || words[2 * a]! - words[2 * b]! || a - b,
  );
}

/** Draws any rows of one split of a valid variant. */
export class Drawer {
  private readonly positions: Positions;
  private readonly generator: Pcg64Dxsm;
  private readonly order: Uint32Array | null;
  private readonly unturned: [Stroke, Stroke];
  private background: Uint8Array | null = null;

  constructor(
    readonly variant: Variant,
    readonly split: Split,
    readonly seed: bigint,
  ) {
    this.positions = positions(variant, split);
    this.generator = new Pcg64Dxsm(splitEntropy(split, seed));
    this.order = variant.pixel_permutation
      ? permutation(variant.pixel_permutation, variant.image_size)
      : null;
    this.unturned = [stroke(variant, 0, 0), stroke(variant, 1, 0)];
  }

  draw(start: number, count: number): Batch {
    const { image_size: size, noise, max_rotation } = this.variant;
    const area = size * size;
    const batch = emptyBatch(size, count);
    const words = new Uint32Array(2 * wordsInRow(size));
    const canvas = new Uint8Array(area);
    if (count * area > 65536) {
      this.background ??= Uint8Array.from({ length: 65536 }, (_, bits) => gray(1, noise, bits));
    }
    const table = this.background;
    this.generator.seek(BigInt(start) * BigInt(wordsInRow(size)));
    for (let i = 0; i < count; i++) {
      this.generator.fill(words);
      const label = (start + i) % 2;
      this.place(words, batch, i);
      const angle = batch.angles[i]!;
      const { offsets, levels } = max_rotation
        ? stroke(this.variant, label, angle)
        : this.unturned[label]!;

      const bitsOf = (pixel: number): number =>
        (words[4 + (pixel >>> 1)]! >>> (16 * (pixel & 1))) & 0xffff;
      if (table) for (let p = 0; p < area; p++) canvas[p] = table[bitsOf(p)]!;
      else for (let p = 0; p < area; p++) canvas[p] = gray(1, noise, bitsOf(p));
      const corner = batch.rows[i]! * size + batch.cols[i]!;
      for (let k = 0; k < offsets.length; k++) {
        const pixel = corner + offsets[k]!;
        canvas[pixel] = gray(levels[k]!, noise, bitsOf(pixel));
      }

      batch.labels[i] = label;
      const image = batch.pixels.subarray(i * area, (i + 1) * area);
      if (this.order) for (let p = 0; p < area; p++) image[p] = canvas[this.order[p]!]!;
      else image.set(canvas);
    }
    return batch;
  }

  /** Row, column and angle of a stroke from the first two words of its row (1.6). */
  private place(words: Uint32Array, batch: Batch, i: number): void {
    const { firstRow, numRows, firstCol, numCols } = this.positions;
    // A product below 2^42 is exact.
    batch.rows[i] = firstRow + Math.floor((words[1]! * numRows) / 4294967296);
    batch.cols[i] = firstCol + Math.floor((words[0]! * numCols) / 4294967296);
    const bits = words[3]! * 2097152 + (words[2]! >>> 11);
    const fraction = (bits + 0.5) / 9007199254740992;
    batch.angles[i] = (2 * fraction - 1) * this.variant.max_rotation + 0;
  }
}
