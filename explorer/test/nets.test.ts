// Gradients against differences of the loss; training, the optimum, the kernel.
import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULT_VARIANT, Drawer, imageOf, type Batch, type Variant } from "../src/draw";
import { guaranteed, mirrored, resized, score, SOLVED, stepOf, visited, type Kernel } from "../src/kernel";
import { asPixels, learning, type ModelKey } from "../src/learning";
import { ConvNet, DenseNet, lossOf, sigmoid, type Net } from "../src/nets";
import { optimum, posterior } from "../src/optimum";
import { Random } from "../src/random";
import { images, variantOf, type ConfigName } from "../src/sources";

function checkGradient(net: Net, area: number): void {
  const random = new Random(7, 7);
  const image = Float32Array.from({ length: area }, () => random.uniform());
  for (const label of [0, 1]) {
    const gradient = new Float64Array(net.weights.length);
    net.backward(image, sigmoid(net.forward(image)) - label, gradient);
    for (let i = 0; i < net.weights.length; i++) {
      const kept = net.weights[i]!;
      const losses = [1e-5, -1e-5].map((by) => {
        net.weights[i] = kept + by;
        return lossOf(net.forward(image), label);
      });
      net.weights[i] = kept;
      const slope = (losses[0]! - losses[1]!) / 2e-5;
      assert.ok(Math.abs(slope - gradient[i]!) < 1e-6, `weight ${i}: ${slope} ${gradient[i]}`);
    }
    assert.ok(gradient.some((g) => g !== 0));
  }
}

test("gradients are the slopes of the loss", () => {
  const random = new Random(3, 3);
  checkGradient(new ConvNet({ size: 6, side: 2, kernels: 1, outputs: false }, random, true), 36);
  checkGradient(new ConvNet({ size: 6, side: 3, kernels: 4, outputs: true }, random), 36);
  checkGradient(new DenseNet([9, 1], random), 9);
  checkGradient(new DenseNet([9, 5, 4, 1], random), 9);
});

function trained(config: ConfigName, keys: ModelKey[], seed: number): Map<string, number[]> {
  const spec = { config, variant: variantOf(config), seed: "0" };
  const data = {
    train: asPixels(images(spec, "train", 750)),
    test: asPixels(images(spec, "test", 250)),
  };
  const last = new Map<string, number[]>();
  for (const tick of learning(keys, seed, "friendly", 10, data)) {
    if (tick?.done) last.set(tick.model, [tick.train, tick.test]);
  }
  return last;
}

test("convolution learns what the others only remember", () => {
  const found = trained("original", ["l", "m", "4", "8"], 0);
  assert.ok(found.get("4")![1]! >= 0.99 && found.get("8")![1]! >= 0.95);
  for (const key of ["l", "m"]) {
    assert.ok(found.get(key)![0]! > 0.95 && found.get(key)![1]! < 0.62, String(found.get(key)));
  }
});

test("the four-number net succeeds from every one of ten seeds, and repeats itself", () => {
  for (let seed = 0; seed < 10; seed++) {
    assert.ok(trained("original", ["4"], seed).get("4")![1]! >= 0.99, `seed ${seed}`);
  }
  assert.deepEqual(trained("standard", ["4", "l"], 5), trained("standard", ["4", "l"], 5));
});

test("under a permutation convolution is at chance", () => {
  const found = trained("shuffled", ["4", "8"], 0);
  for (const [, test] of found.values()) assert.ok(test! > 0.4 && test! < 0.6);
});

/** How many of a batch the optimum gets right. */
function optimumScore(batch: Batch, variant: Variant): number {
  const judge = optimum(variant, "test");
  return batch.labels.reduce((right, label, i) => right + 1 - Math.abs(judge(imageOf(batch, i)) - label), 0);
}

const drawn = (changes: Partial<Variant>, count: number) =>
  new Drawer({ ...DEFAULT_VARIANT, ...changes }, "test", 0n).draw(0, count);

test("the solved kernel is right on every image, its mirror on none, a blank one on half", () => {
  const test = images({ config: "original", variant: variantOf("original"), seed: "0" }, "test", 250);
  const of = (kernel: Kernel) => score(test, kernel).correct;
  assert.equal(of(SOLVED), 250);
  assert.equal(of([-1, 0.35, 0.35, -1]), 0);
  assert.equal(of([0, 0, 0, 0]), 125);
  assert.equal(of(resized(SOLVED, 4)), 250);
  assert.deepEqual(resized(resized(SOLVED, 4), 2), SOLVED);
  assert.deepEqual(mirrored([1, 2, 3, 4, 5, 6, 7, 8, 9]), [3, 2, 1, 6, 5, 4, 9, 8, 7]);
  const [low, high] = guaranteed(0.5, 1);
  assert.ok(Math.abs(low - 1 / 3) < 1e-12 && Math.abs(high - 3 / 8) < 1e-12);
  const many = drawn({}, 4000);
  for (const a of [0.335, 0.37]) {
    assert.equal(score(many, [a, -1, -1, a]).correct, 4000);
  }
});

test("the optimum is right where classes differ, beats the kernel in noise, and is calibrated", () => {
  const easy = { ...DEFAULT_VARIANT };
  assert.equal(optimumScore(drawn({}, 300), easy), 300);
  for (const changes of [{ noise: 2 }, { noise: 2, pixel_permutation: 5 }, { noise: 1.8, stroke_width: 2 }]) {
    const variant = { ...DEFAULT_VARIANT, ...changes };
    const batch = drawn(changes, 400);
    const right = optimumScore(batch, variant);
    const rule = score(batch, SOLVED).correct;
    assert.ok(right > rule && right > 350, `${right} ${rule}`);
    const chance = posterior(variant, "test");
    let expected = 0;
    for (let i = 0; i < 400; i++) {
      const slash = chance(imageOf(batch, i));
      expected += Math.max(slash, 1 - slash);
    }
    assert.ok(Math.abs(expected - right) < 25, `${expected} ${right}`);
  }
});

test("a window visits every place once, one step at a time", () => {
  assert.deepEqual(visited(30, 29), { row: 1, col: 27 });
  for (let step = 0; step < 841; step++) {
    const { row, col } = visited(step, 29);
    assert.equal(stepOf(row, col, 29), step);
    const next = visited(step + 1, 29);
    assert.equal(Math.abs(next.row - row) + Math.abs(next.col - col), 1);
  }
});
