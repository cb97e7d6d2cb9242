// Seeded choices, only for training: everyone in a class sees the same.

import { Pcg64Dxsm } from "./generator";

export class Random {
  private readonly generator: Pcg64Dxsm;
  private readonly halves = new Uint32Array(512);
  private next = 512;

  constructor(seed: number, stream: number) {
    this.generator = new Pcg64Dxsm([1, 3, seed, stream]);
  }

  /** Uniform in the open interval from 0 to 1. */
  uniform(): number {
    if (this.next === 512) {
      this.generator.fill(this.halves);
      this.next = 0;
    }
    return (this.halves[this.next++]! + 0.5) / 4294967296;
  }

  /** Uniform within plus or minus `limit`. */
  within(limit: number): number {
    return (2 * this.uniform() - 1) * limit;
  }

  /** From the normal distribution (Box and Muller). */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  order(length: number): Uint32Array {
    const order = Uint32Array.from({ length }, (_, k) => k);
    for (let i = length - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
