// Four models learn from the same batches in the same order.

import { imageOf, type Batch } from "./draw";
import { Adam, ConvNet, DenseNet, sigmoid, type Net } from "./nets";
import { Random } from "./random";

export const BATCH_SIZE = 32;
const NUM_SNAPSHOTS = 24;
const RUNNING = 250;

export const STARTS = ["friendly", "random1", "random8", "random16"] as const;
export type Start = (typeof STARTS)[number];
/** 2 x 2 kernels of the smallest net under each start. */
export const KERNELS: Readonly<Record<Start, number>> = { friendly: 1, random1: 1, random8: 8, random16: 16 };

export type ModelKey = "l" | "m" | "4" | "8";

interface Model {
  title: string;
  /** Whether pixels are standardised first; convolution over raw ink does not need it. */
  standardised: boolean;
  rate: number;
  make(size: number, random: Random, start: Start): Net;
}

/** In the order in which they are trained. */
export const MODELS: Readonly<Record<ModelKey, Model>> = {
  l: {
    title: "Logistic regression",
    standardised: true,
    rate: 0.02,
    make: (size, random) => new DenseNet([size * size, 1], random),
  },
  m: {
    title: "MLP, 3 x 64",
    standardised: true,
    rate: 0.001,
    make: (size, random) => new DenseNet([size * size, 64, 64, 64, 1], random),
  },
  // As smallest_cnn and custom_cnn of the package's benchmark.
  "4": {
    title: "2 x 2 kernels",
    standardised: false,
    rate: 0.05,
    make: (size, random, start) =>
      new ConvNet(
        { size, side: 2, kernels: KERNELS[start], outputs: start !== "friendly" },
        random,
        start === "friendly",
      ),
  },
  "8": {
    title: "Eight 3 x 3 kernels",
    standardised: false,
    rate: 0.01,
    make: (size, random) => new ConvNet({ size, side: 3, kernels: 8, outputs: true }, random),
  },
};

export interface Pixels {
  size: number;
  labels: Uint8Array;
  /** One image each, 0 black to 1 white. */
  raw: Float32Array[];
}

/** One image, 0 black to 1 white. */
export const asFloats = (image: Uint8Array): Float32Array => Float32Array.from(image, (value) => value / 255);

export function asPixels(batch: Batch): Pixels {
  const raw = Array.from({ length: batch.count }, (_, i) => asFloats(imageOf(batch, i)));
  return { size: batch.size, labels: batch.labels, raw };
}

export interface Data {
  train: Pixels;
  test: Pixels;
  /** The standardised images, made on demand. */
  standard?: Readonly<Record<"train" | "test", Float32Array[]>>;
}

/** Pixels minus their mean over the train images, divided by their standard deviation there. */
function standardised(data: Data): NonNullable<Data["standard"]> {
  const train = data.train.raw;
  const area = train[0]!.length;
  const mean = new Float64Array(area);
  const deviation = new Float64Array(area);
  for (const image of train) for (let p = 0; p < area; p++) mean[p]! += image[p]! / train.length;
  for (const image of train) {
    for (let p = 0; p < area; p++) deviation[p]! += (image[p]! - mean[p]!) ** 2 / train.length;
  }
  for (let p = 0; p < area; p++) deviation[p] = Math.sqrt(deviation[p]!) || 1;
  const of = (images: Float32Array[]) => images.map((image) => image.map((value, p) => (value - mean[p]!) / deviation[p]!));
  return { train: of(train), test: of(data.test.raw) };
}

/** One model while it learns. */
export class Learner {
  readonly net: Net;
  private readonly adam: Adam;
  private readonly gradient: Float64Array;
  private readonly images: Readonly<Record<"train" | "test", Float32Array[]>>;
  private readonly recent: boolean[] = [];

  constructor(
    readonly key: ModelKey,
    seed: number,
    start: Start,
    private readonly data: Data,
  ) {
    const model = MODELS[key];
    this.net = model.make(data.train.size, new Random(seed, key.charCodeAt(0)), start);
    this.adam = new Adam(this.net.weights.length, model.rate);
    this.gradient = new Float64Array(this.net.weights.length);
    this.images = model.standardised ? (data.standard ??= standardised(data)) : { train: data.train.raw, test: data.test.raw };
  }

  step(rows: Uint32Array): void {
    this.gradient.fill(0);
    for (const row of rows) {
      const label = this.data.train.labels[row]!;
      const image = this.images.train[row]!;
      const logit = this.net.forward(image);
      this.net.backward(image, (sigmoid(logit) - label) / rows.length, this.gradient);
      this.recent.push(logit > 0 === (label === 1));
    }
    this.recent.splice(0, this.recent.length - RUNNING);
    this.adam.step(this.net.weights, this.gradient);
  }

  /** Accuracy on the last 250 images that it learned from, before it learned from them. */
  get running(): number {
    return this.recent.filter(Boolean).length / Math.max(1, this.recent.length);
  }

  *accuracy(split: "train" | "test"): Generator<null, number> {
    const images = this.images[split];
    const { labels } = this.data[split];
    let right = 0;
    for (let i = 0; i < images.length; i++) {
      right += Number(this.net.forward(images[i]!) > 0 === (labels[i] === 1));
      if (i % 32 === 31) yield null;
    }
    return right / images.length;
  }
}

export interface Tick {
  model: ModelKey;
  /** Images learned from so far, of all that will be. */
  seen: number;
  total: number;
  train: number;
  test: number;
  weights: Float32Array;
  done: boolean;
}

/** Train models side by side, a step of each in turn; yields a tick now and then, and null otherwise. */
export function* learning(
  keys: readonly ModelKey[],
  seed: number,
  start: Start,
  passes: number,
  data: Data,
): Generator<Tick | null, void> {
  const learners = keys.map((key) => new Learner(key, seed, start, data));
  const count = data.train.raw.length;
  const batches = Math.ceil(count / BATCH_SIZE);
  const total = passes * batches;
  const told = new Set<number>();
  for (let k = 0; k < NUM_SNAPSHOTS; k++) told.add(Math.round(total ** (k / (NUM_SNAPSHOTS - 1))));
  const random = new Random(seed, 0);
  let order = random.order(count);
  for (let step = 1; step <= total; step++) {
    const batch = (step - 1) % batches;
    if (batch === 0 && step > 1) order = random.order(count);
    const rows = order.subarray(batch * BATCH_SIZE, (batch + 1) * BATCH_SIZE);
    const seen = Math.floor((step - 1) / batches) * count + Math.min((batch + 1) * BATCH_SIZE, count);
    for (const learner of learners) {
      learner.step(rows);
      if (!told.has(step)) {
        yield null;
        continue;
      }
      const done = step === total;
      yield {
        model: learner.key,
        seen,
        total: passes * count,
        train: done ? yield* learner.accuracy("train") : learner.running,
        test: yield* learner.accuracy("test"),
        weights: Float32Array.from(learner.net.weights.subarray(0, 64 * (data.train.size ** 2 + 1))),
        done,
      };
    }
  }
}
