// Everything that takes longer than a frame. Work is cut into slices of 12 ms, between which
// messages are answered.

import { Drawer, type Batch, type Variant } from "./draw";
import { score, type Kernel } from "./kernel";
import { asPixels, Learner, learning, BATCH_SIZE, type Tick } from "./learning";
import { optimumScore } from "./optimum";
import { Random } from "./random";
import { type Answers, type Kind, type Message, type Requests, type Rival } from "./protocol";
import { images, type Spec } from "./sources";

const SLICE_MS = 12;
const RIVAL_IMAGES = 1000;
/** Game images are rows that no other screen shows. */
const GAME_START = 1_000_000;

type Work = Generator<unknown>;
const tasks = new Map<"train" | "rivals" | "curve" | "map", Work>();
let shown: Batch | null = null;
let paused = false;

const post = self.postMessage.bind(self) as (message: unknown, transfer?: Transferable[]) => void;

function answer<K extends Kind>(kind: K, gen: number, value: Answers[K]): void {
  post({ kind, gen, answer: value });
}

const turn = new MessageChannel();
let turning = false;
turn.port1.onmessage = () => {
  turning = false;
  const until = performance.now() + SLICE_MS;
  while (performance.now() < until) {
    const next = [...tasks].find(([name]) => name !== "train" || !paused);
    if (!next) return;
    if (next[1].next().done) tasks.delete(next[0]);
  }
  go();
};

function go(): void {
  if (turning || !tasks.size) return;
  turning = true;
  turn.port2.postMessage(null);
}

function* train(gen: number, request: Requests["train"]): Work {
  const { spec, models, seed, start, passes } = request;
  const data = {
    train: asPixels(images(spec, "train", 0, request.trainRows)),
    test: asPixels(images(spec, "test", 0, request.testRows)),
  };
  for (const tick of learning(models, seed, start, passes, data)) {
    if (tick) answer("train", gen, tick as Tick);
    yield tick;
  }
}

const rightOf = (batch: Batch, kernel: Kernel): number =>
  score(batch.pixels, batch.labels, batch.size, kernel).correct;

function* map(gen: number, side: number): Work {
  if (!shown) return;
  const accuracy = new Float32Array(side * side).fill(NaN);
  for (let row = 0; row < side; row++) {
    for (let col = 0; col < side; col++) {
      const at = (k: number): number => -1 + (2 * k) / (side - 1);
      const [a, b] = [at(col), -at(row)];
      accuracy[row * side + col] = rightOf(shown, [a, b, b, a]) / shown.count;
      yield;
    }
    answer("map", gen, { side, accuracy: accuracy.slice(), done: row === side - 1 });
  }
}

function* curve(gen: number, values: number[]): Work {
  if (!shown) return;
  const found: number[] = [];
  for (const a of values) {
    found.push(rightOf(shown, [a, -1, -1, a]) / shown.count);
    yield;
  }
  answer("curve", gen, found);
}

const noisy = (spec: Spec, noise: number): Variant => ({ ...spec.variant, noise });

function rung(spec: Spec, noise: number, start: number, count: number): Batch {
  return new Drawer(noisy(spec, noise), "test", BigInt(spec.seed)).draw(start, count);
}

/** The images of a game; each rung's answers are in no order that could be guessed. */
function gameBatches(spec: Spec, ladder: number[], trials: number): Batch[] {
  const area = spec.variant.image_size ** 2;
  return ladder.map((noise, k) => {
    const all = rung(spec, noise, GAME_START + 1000 * k, 4 * trials);
    const order = new Random(Number(BigInt(spec.seed) % 4294967296n), 100 + k).order(all.count).subarray(0, trials);
    const pixels = new Uint8Array(trials * area);
    order.forEach((from, to) => pixels.set(all.pixels.subarray(from * area, (from + 1) * area), to * area));
    return {
      size: all.size,
      count: trials,
      pixels,
      labels: Uint8Array.from(order, (row) => all.labels[row]!),
      rows: Uint16Array.from(order, (row) => all.rows[row]!),
      cols: Uint16Array.from(order, (row) => all.cols[row]!),
      angles: Float64Array.from(order, (row) => all.angles[row]!),
    };
  });
}

function* rivals(gen: number, request: Requests["rivals"]): Work {
  const { spec, ladder, trials, kernel, seed } = request;
  const games = gameBatches(spec, ladder, trials);
  const fresh = ladder.map((noise) => rung(spec, noise, 2 * GAME_START, RIVAL_IMAGES));
  const found: Rival[] = [];
  const add = (name: string, right: ((batch: Batch, k: number) => number) | null): void => {
    const sum = (batches: Batch[]): number[] => batches.map((batch, k) => right!(batch, k));
    found.push({
      name,
      right: right && sum(games).reduce((a, b) => a + b, 0),
      accuracy: right && sum(fresh).map((n) => n / RIVAL_IMAGES),
    });
  };
  add("the four numbers", (batch) => rightOf(batch, kernel));
  yield;
  const train = asPixels(images(spec, "train", 0, 750));
  for (const [key, name] of [["4", "the trained 4-number net"], ["8", "the trained 80-number net"]] as const) {
    const learner = new Learner(key, seed, "friendly", { train, test: train });
    for (let pass = 0; pass < 15; pass++) {
      const order = new Random(seed, pass + 1).order(train.raw.length);
      for (let at = 0; at < order.length; at += BATCH_SIZE) {
        learner.step(order.subarray(at, at + BATCH_SIZE));
        yield;
      }
    }
    add(name, (batch) => {
      const { raw, labels } = asPixels(batch);
      return raw.filter((image, i) => learner.net.forward(image) > 0 === (labels[i] === 1)).length;
    });
    yield;
  }
  if (spec.variant.max_rotation) add("the optimum", null);
  else add("the optimum", (batch, k) => optimumScore(batch, noisy(spec, ladder[k]!), "test"));
  answer("rivals", gen, found);
}

function together(batches: Batch[]): Batch {
  const join = <T extends "pixels" | "labels" | "rows" | "cols" | "angles">(key: T) =>
    batches.flatMap((batch) => Array.from(batch[key]));
  return {
    size: batches[0]!.size,
    count: batches.reduce((n, batch) => n + batch.count, 0),
    pixels: Uint8Array.from(join("pixels")),
    labels: Uint8Array.from(join("labels")),
    rows: Uint16Array.from(join("rows")),
    cols: Uint16Array.from(join("cols")),
    angles: Float64Array.from(join("angles")),
  };
}

self.onmessage = ({ data }: MessageEvent<Message>) => {
  const { gen } = data;
  switch (data.kind) {
    case "draw":
      tasks.delete("map");
      tasks.delete("curve");
      shown = images(data.spec, data.split, 0, data.count);
      answer("draw", gen, shown);
      break;
    case "score":
      if (shown) answer("score", gen, score(shown.pixels, shown.labels, shown.size, data.kernel));
      break;
    case "game":
      answer("game", gen, together(gameBatches(data.spec, data.ladder, data.trials)));
      break;
    case "map":
      tasks.set("map", map(gen, data.side));
      break;
    case "curve":
      tasks.set("curve", curve(gen, data.values));
      break;
    case "rivals":
      tasks.set("rivals", rivals(gen, data));
      break;
    case "train":
      paused = false;
      tasks.set("train", train(gen, data));
      break;
    case "pause":
      paused = data.paused;
      break;
    case "step":
      // As far as the next news.
      paused = true;
      for (let left = tasks.get("train"); left; ) {
        const { done, value } = left.next();
        if (done) tasks.delete("train");
        if (done || (value as Tick | null)) break;
      }
      break;
    case "stop":
      tasks.delete("train");
  }
  go();
};
