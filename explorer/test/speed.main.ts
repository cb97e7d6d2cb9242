// Images a second of the twin; run by `node build.mjs speed`.
import { DEFAULT_VARIANT, DRAWN_CONFIGS, Drawer } from "../src/draw";

for (const [name, changed] of Object.entries(DRAWN_CONFIGS)) {
  const drawer = new Drawer({ ...DEFAULT_VARIANT, ...changed }, "train", 0n);
  drawer.draw(0, 2_000);
  const start = performance.now();
  drawer.draw(0, 20_000);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${name}: ${Math.round(20_000 / seconds).toLocaleString("en")} images/s`);
}
