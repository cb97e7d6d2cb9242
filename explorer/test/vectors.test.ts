// The twin against every value of docs/vectors.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";

import {
  DEFAULT_VARIANT,
  DRAWN_CONFIGS,
  Drawer,
  permutation,
  positions,
  splitEntropy,
  stroke,
  wordsInRow,
  type Batch,
  type DrawnConfigName,
  type Split,
  type Variant,
} from "../src/draw";
import { Pcg64Dxsm, seedPool, stateWords } from "../src/generator";
import { MersenneTwister, originalSplit, replay } from "../src/original";
import { hex } from "./digests";

const read = (name: string): any =>
  JSON.parse(readFileSync(`${process.env.VECTORS}/${name}.json`, "utf8"));
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const bytesOf = (array: Float64Array | BigInt64Array | Uint32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const int64 = (values: ArrayLike<number>): string =>
  sha256(bytesOf(BigInt64Array.from(Array.from(values), BigInt)));
const hexOf = (value: bigint, digits: number): string => value.toString(16).padStart(digits, "0");

function levelsOf(variant: Variant, label: number, batch: Batch): Float64Array {
  const levels = new Float64Array(variant.image_size ** 2).fill(1);
  const { offsets, levels: inked } = stroke(variant, label, batch.angles[0]!);
  const corner = batch.rows[0]! * variant.image_size + batch.cols[0]!;
  offsets.forEach((offset, k) => (levels[corner + offset] = inked[k]!));
  return levels;
}

test("every stage of every case is as recorded", () => {
  const cases = read("stages");
  assert.ok(cases.length > 220);
  for (const expected of cases) {
    const variant: Variant = { ...DEFAULT_VARIANT, ...expected.variant };
    const split: Split = expected.split;
    const seed = BigInt(expected.seed);
    if (expected.config) {
      assert.deepEqual(DRAWN_CONFIGS[expected.config as DrawnConfigName], expected.variant);
    }
    const entropy = splitEntropy(split, seed);
    assert.deepEqual([...entropy], expected.entropy);
    const pool = seedPool(entropy);
    assert.deepEqual([...pool], expected.pool);
    assert.deepEqual([...stateWords(pool)], expected.state_words);
    const generator = new Pcg64Dxsm(entropy);
    assert.equal(hexOf(generator.state, 32), expected.state);
    assert.equal(hexOf(generator.increment, 32), expected.increment);
    generator.seek(BigInt(expected.row) * BigInt(wordsInRow(variant.image_size)));
    const halves = new Uint32Array(8);
    generator.fill(halves);
    const words = [0, 2, 4, 6].map((k) =>
      hexOf((BigInt(halves[k + 1]!) << 32n) | BigInt(halves[k]!), 16),
    );
    assert.deepEqual(words, expected.words);
    const { firstRow, numRows, firstCol, numCols } = positions(variant, split);
    assert.deepEqual([firstRow, numRows, firstCol, numCols], expected.positions);

    const batch = new Drawer(variant, split, seed).draw(expected.row, 1);
    assert.equal(batch.labels[0], expected.label);
    const angle = hexOf(new BigUint64Array(batch.angles.buffer)[0]!, 16);
    assert.deepEqual([batch.rows[0], batch.cols[0], angle], expected.placement);
    assert.equal(sha256(bytesOf(levelsOf(variant, expected.label, batch))), expected.levels);
    assert.equal(sha256(batch.pixels), expected.image);
    if (expected.pixels) assert.equal(hex(batch.pixels), expected.pixels);
  }
});

test("every range of 1,000 rows is as recorded", () => {
  for (const expected of read("ranges")) {
    const variant = { ...DEFAULT_VARIANT, ...expected.variant };
    const drawer = new Drawer(variant, expected.split, BigInt(expected.seed));
    const batch = drawer.draw(expected.start, expected.stop - expected.start);
    assert.equal(sha256(batch.pixels), expected.images);
    assert.equal(int64(batch.rows), expected.rows);
    assert.equal(int64(batch.cols), expected.columns);
    assert.equal(sha256(bytesOf(batch.angles)), expected.angles);
  }
});

test("every permutation is as recorded", () => {
  for (const expected of read("permutations")) {
    const order = permutation(expected.pixel_permutation, expected.image_size);
    assert.deepEqual([...order.subarray(0, 8)], expected.first);
    assert.equal(int64(order), expected.order);
  }
});

test("the 2019 release is replayed, and its generator ends where it should", () => {
  const expected = read("original");
  const words = Uint32Array.from(expected.state.match(/.{8}/g), (word: string) =>
    parseInt(word, 16),
  );
  const random = new MersenneTwister(words);
  const release = replay(random);
  assert.equal(sha256(bytesOf(release.images)), expected.images);
  assert.equal(int64(release.rows), expected.rows);
  assert.equal(int64(release.cols), expected.columns);
  assert.deepEqual(release.shown, expected.shown);
  for (const split of ["train", "test"] as const) {
    const batch = originalSplit(release, split);
    assert.equal(sha256(batch.pixels), expected[split].uint8);
    assert.equal(int64(batch.labels), expected[split].labels);
    assert.equal(int64(release.order[split]), expected[split].positions);
    const exact = new Float64Array(batch.pixels.length);
    release.order[split].forEach((place, i) =>
      exact.set(release.images.subarray(place * 900, place * 900 + 900), i * 900),
    );
    assert.equal(sha256(bytesOf(exact)), expected[split].float64);
  }
  assert.equal(sha256(bytesOf(random.words)), expected.end.state);
  assert.equal(random.position, expected.end.position);
});
