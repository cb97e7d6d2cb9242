// The table of starts that the page shows is what its nets do.
import assert from "node:assert/strict";
import test from "node:test";

import { KERNELS, STARTS } from "../src/learning";
import rows from "../src/starts.json";
import { finds, LEAST, PASSES, SEEDS } from "./starts";

test("each start has its row", () => {
  assert.deepEqual(rows.map((row) => row.start), STARTS);
  for (const { start, kernels, seeds, passes, least } of rows) {
    assert.deepEqual([kernels, seeds, passes, least], [KERNELS[start as keyof typeof KERNELS], SEEDS, PASSES, LEAST]);
  }
});

// `make explorer-starts` tries all seeds of all starts.
test("seeds find it as recorded", () => {
  for (const { start, kernels, found } of rows) {
    for (let seed = 0; seed < (kernels === 1 ? 4 : 1); seed++) {
      assert.equal(finds(start as keyof typeof KERNELS, seed), found.includes(seed), `${start}, seed ${seed}`);
    }
  }
});
