// Reports images a second of the twin: make explorer-speed.
import { DEFAULT_VARIANT, Drawer } from "../src/draw";

const drawer = new Drawer(DEFAULT_VARIANT, "train", 0n);
drawer.draw(0, 5000);
const rates = Array.from({ length: 5 }, (_, k) => {
  const before = performance.now();
  drawer.draw(20_000 * k, 20_000);
  return 20_000 / ((performance.now() - before) / 1000);
});
console.log(`standard: ${Math.round(rates.sort((a, b) => a - b)[2]!)} images a second`);
