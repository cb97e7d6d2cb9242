// The generator of docs/SPEC.md, 1.2 and 1.3: SeedSequence hashing and PCG64DXSM.
// 128-bit numbers are held as 32-bit limbs: BigInt is seven times slower and only used for jumps.

const TWO32 = 4294967296;
const MASK128 = (1n << 128n) - 1n;
const MULTIPLIER = 0xda942042e4dd58b5n;
const MULTIPLIER_LOW = 0xe4dd58b5;
const MULTIPLIER_HIGH = 0xda942042;
const SEEDING_MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

export type Entropy = readonly [number, number, number, number];

/** The pool of four uint32 words that four words of entropy are hashed to. */
export function seedPool(entropy: Entropy): Uint32Array {
  let running = 0x43b0d7e5;
  const hash = (value: number): number => {
    value ^= running;
    running = Math.imul(running, 0x931e8875);
    value = Math.imul(value, running);
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mix = (x: number, y: number): number => {
    const mixed = (Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715)) | 0;
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const pool = Uint32Array.from(entropy, hash);
  for (let source = 0; source < 4; source++) {
    for (let target = 0; target < 4; target++) {
      if (source !== target) pool[target] = mix(pool[target]!, hash(pool[source]!));
    }
  }
  return pool;
}

/** The eight uint32 words that become a generator's state and increment. */
export function stateWords(pool: Uint32Array): Uint32Array {
  let running = 0x8b51f9dd;
  return Uint32Array.from({ length: 8 }, (_, k) => {
    let value = pool[k % 4]! ^ running;
    running = Math.imul(running, 0x58f38ded);
    value = Math.imul(value, running);
    return value ^ (value >>> 16);
  });
}

/** The upper half of the 64-bit product of two uint32. */
function mulHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  return a1 * b1 + (middle >>> 16) + ((a0 * b1 + (middle & 0xffff)) >>> 16);
}

/** One PCG64DXSM stream, which can jump to any position. */
export class Pcg64Dxsm {
  readonly increment: bigint;
  private readonly start: bigint;
  /** The state's limbs, least significant first, as uint32. */
  private readonly limbs = new Uint32Array(4);
  private readonly incrementLimbs = new Uint32Array(4);

  constructor(entropy: Entropy) {
    const words = Array.from(stateWords(seedPool(entropy)), BigInt);
    const [q0, q1, q2, q3] = [0, 2, 4, 6].map((k) => words[k]! | (words[k + 1]! << 32n)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    this.increment = (((q2 << 64n) | q3) * 2n + 1n) & MASK128;
    const first = (this.increment + ((q0 << 64n) | q1)) & MASK128;
    this.start = (first * SEEDING_MULTIPLIER + this.increment) & MASK128;
    split(this.increment, this.incrementLimbs);
    split(this.start, this.limbs);
  }

  get state(): bigint {
    return this.limbs.reduceRight((sum, limb) => (sum << 32n) | BigInt(limb), 0n);
  }

  /** Move to the output with a number, counted from 0. */
  seek(output: bigint): void {
    let [factor, term] = [1n, 0n];
    let [multiplier, increment] = [MULTIPLIER, this.increment];
    for (let left = output; left > 0n; left >>= 1n) {
      if (left & 1n) {
        factor = (factor * multiplier) & MASK128;
        term = (term * multiplier + increment) & MASK128;
      }
      increment = ((multiplier + 1n) * increment) & MASK128;
      multiplier = (multiplier * multiplier) & MASK128;
    }
    split((factor * this.start + term) & MASK128, this.limbs);
  }

  /** Fill with outputs: the lower half of each at an even index, the upper half after it. */
  fill(halves: Uint32Array): void {
    let [s0, s1, s2, s3] = this.limbs as unknown as [number, number, number, number];
    const [i0, i1, i2, i3] = this.incrementLimbs as unknown as [number, number, number, number];
    for (let at = 0; at < halves.length; at += 2) {
      const low0 = s0 | 1;
      let high0 = s2 ^ s3;
      let high1 = mulHigh(high0, MULTIPLIER_LOW) + Math.imul(s3, MULTIPLIER_LOW);
      high1 = (high1 + Math.imul(high0, MULTIPLIER_HIGH)) | 0;
      high0 = Math.imul(high0, MULTIPLIER_LOW) ^ (high1 >>> 16);
      halves[at] = Math.imul(high0, low0);
      halves[at + 1] = mulHigh(high0, low0) + Math.imul(high1, low0) + Math.imul(high0, s1);

      // state * multiplier + increment; sums of a few 32-bit limbs are exact as float64.
      const sum0 = Math.imul(s0, MULTIPLIER_LOW) >>> 0;
      let sum = sum0 + i0;
      const n0 = sum >>> 0;
      sum =
        (sum >= TWO32 ? 1 : 0) +
        mulHigh(s0, MULTIPLIER_LOW) +
        (Math.imul(s1, MULTIPLIER_LOW) >>> 0) +
        (Math.imul(s0, MULTIPLIER_HIGH) >>> 0) +
        i1;
      const n1 = sum >>> 0;
      sum =
        Math.floor(sum / TWO32) +
        mulHigh(s1, MULTIPLIER_LOW) +
        mulHigh(s0, MULTIPLIER_HIGH) +
        (Math.imul(s2, MULTIPLIER_LOW) >>> 0) +
        (Math.imul(s1, MULTIPLIER_HIGH) >>> 0) +
        i2;
      const n2 = sum >>> 0;
      sum =
        Math.floor(sum / TWO32) +
        mulHigh(s2, MULTIPLIER_LOW) +
        mulHigh(s1, MULTIPLIER_HIGH) +
        (Math.imul(s3, MULTIPLIER_LOW) >>> 0) +
        (Math.imul(s2, MULTIPLIER_HIGH) >>> 0) +
        i3;
      s0 = n0;
      s1 = n1;
      s2 = n2;
      s3 = sum >>> 0;
    }
    this.limbs.set([s0, s1, s2, s3]);
  }
}

function split(value: bigint, limbs: Uint32Array): void {
  for (let k = 0; k < 4; k++) limbs[k] = Number((value >> BigInt(32 * k)) & 0xffffffffn);
}
