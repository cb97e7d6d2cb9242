// Prints images a second, as it is and with 128-bit arithmetic in BigInt: scripts/speed_explorer.py.
import { DEFAULT_VARIANT, Drawer } from "../src/draw";
import { Pcg64Dxsm } from "../src/generator";

const [M64, M128] = [(1n << 64n) - 1n, (1n << 128n) - 1n];
const MULTIPLIER = 0xda942042e4dd58b5n;

function fillByBigInt(this: Pcg64Dxsm, halves: Uint32Array): void {
  let state = this.state;
  for (let at = 0; at < halves.length; at += 2) {
    let high = state >> 64n;
    high = ((high ^ (high >> 32n)) * MULTIPLIER) & M64;
    const output = ((high ^ (high >> 48n)) * ((state & M64) | 1n)) & M64;
    halves[at] = Number(output & 0xffffffffn);
    halves[at + 1] = Number(output >> 32n);
    state = (state * MULTIPLIER + this.increment) & M128;
  }
}

function rate(count: number): number {
  const drawer = new Drawer(DEFAULT_VARIANT, "train", 0n);
  drawer.draw(0, count / 4);
  const before = performance.now();
  drawer.draw(0, count);
  return (1000 * count) / (performance.now() - before);
}

const limbs = Pcg64Dxsm.prototype.fill;
const rates: Record<string, number[]> = { "BigInt": [], "32-bit limbs": [] };
for (let round = 0; round < 5; round++) {
  Pcg64Dxsm.prototype.fill = fillByBigInt;
  rates["BigInt"]!.push(rate(1000));
  Pcg64Dxsm.prototype.fill = limbs;
  rates["32-bit limbs"]!.push(rate(8000));
}
console.log(JSON.stringify(rates));
