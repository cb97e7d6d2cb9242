// The 2019 release, replayed as docs/SPEC.md, part 2, specifies it.

import { emptyBatch, rint, type Batch, type Split } from "./draw";

/** The Mersenne Twister, with the few draws that the release takes from it. */
export class MersenneTwister {
  constructor(
    readonly words: Uint32Array,
    public position = 0,
  ) {}

  next(): number {
    const x = this.words;
    if (this.position === 624) {
      for (let k = 0; k < 624; k++) {
        const y = (x[k]! & 0x80000000) | (x[(k + 1) % 624]! & 0x7fffffff);
        x[k] = x[(k + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.position = 0;
    }
    let y = x[this.position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  belowOrEqual(most: number): number {
    let mask = most;
    for (let shift = 1; shift < 32; shift *= 2) mask |= mask >>> shift;
    for (;;) {
      const value = this.next() & mask;
      if (value <= most) return value;
    }
  }

  uniform(): number {
    const a = this.next() >>> 5;
    const b = this.next() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  shuffle(list: number[]): number[] {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.belowOrEqual(i);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    return list;
  }
}

export const NUM_IMAGES = 1000;
const SIZE = 30;
const AREA = SIZE * SIZE;

export interface Release {
  /** All images in the author's order of drawing, exact. */
  images: Float64Array;
  rows: Uint16Array;
  cols: Uint16Array;
  shown: number[];
  /** For each split, the positions of its rows in the order of drawing. */
  order: Record<Split, number[]>;
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

export function replay(random: MersenneTwister): Release {
  const images = new Float64Array(NUM_IMAGES * AREA);
  const rows = new Uint16Array(NUM_IMAGES);
  const cols = new Uint16Array(NUM_IMAGES);
  for (let i = 0; i < NUM_IMAGES; i++) {
    const row = (rows[i] = random.belowOrEqual(26));
    const col = (cols[i] = random.belowOrEqual(26));
    const image = images.subarray(i * AREA, (i + 1) * AREA).fill(1);
    for (let k = 0; k < 4; k++) image[(row + k) * SIZE + col + (i % 2 ? 3 - k : k)] = 0;
    for (let p = 0; p < AREA; p++) {
      const value = image[p]! + 0.5 * (random.uniform() - 0.5);
      image[p] = value < 0 ? 0 : value > 1 ? 1 : value;
    }
  }
  const shown = random.shuffle(upTo(500)).slice(0, 5);
  const parts = [0, 1].map((label) => random.shuffle(upTo(500)).map((k) => 2 * k + label));
  const train = random.shuffle(parts.flatMap((part) => part.slice(0, 375)));
  const test = random.shuffle(parts.flatMap((part) => part.slice(375)));
  return { images, rows, cols, shown, order: { train, test } };
}

/** A split of the release in 8 bits. */
export function originalSplit(release: Release, split: Split): Batch {
  const order = release.order[split];
  const batch = emptyBatch(SIZE, order.length);
  order.forEach((place, i) => {
    batch.labels[i] = place % 2;
    batch.rows[i] = release.rows[place]!;
    batch.cols[i] = release.cols[place]!;
    for (let p = 0; p < AREA; p++) {
      batch.pixels[i * AREA + p] = rint(255 * release.images[place * AREA + p]!);
    }
  });
  return batch;
}
