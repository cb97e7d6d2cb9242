// The networks that learn in the page, their gradients, and Adam.
//
// Each net maps one image to a logit, above 0 for a slash; the loss is the cross-entropy of its
// sigmoid. `backward` follows a `forward` of the same image. test/nets.test.ts checks the gradients
// against differences of the loss.

import { Random } from "./random";

export interface Net {
  readonly weights: Float64Array;
  forward(image: Float32Array): number;
  /** Add the gradient of the loss to `gradient`; `delta` is the derivative by the logit. */
  backward(image: Float32Array, delta: number, gradient: Float64Array): void;
}

export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** Cross-entropy of a logit, in a form that does not overflow. */
export const lossOf = (logit: number, label: number): number =>
  Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));

/** Limit of the uniform start of Glorot and Bengio (2010). */
const glorot = (inputs: number, outputs: number): number => Math.sqrt(6 / (inputs + outputs));

export interface ConvShape {
  size: number;
  side: number;
  kernels: number;
  /** Whether negative maxima count as zero, and each kernel has an output weight. */
  outputs: boolean;
}

/** Square kernels without bias, the largest response of each, and a weighted sum of those. */
export class ConvNet implements Net {
  readonly weights: Float64Array;
  private readonly offsets: Int32Array;
  private readonly best: Int32Array;
  private readonly largest: Float64Array;

  constructor(
    readonly shape: ConvShape,
    random: Random,
    friendly = false,
  ) {
    const { size, side, kernels, outputs } = shape;
    const area = side * side;
    this.weights = new Float64Array(kernels * area + (outputs ? kernels : 0));
    const limit = glorot(area, area * kernels);
    for (let i = 0; i < this.weights.length; i++) {
      if (i >= kernels * area) this.weights[i] = random.within(glorot(kernels, 1));
      else this.weights[i] = friendly ? random.normal(-0.5, 0.05) : random.within(limit);
    }
    this.offsets = Int32Array.from({ length: area }, (_, j) => Math.floor(j / side) * size + (j % side));
    this.best = new Int32Array(kernels);
    this.largest = new Float64Array(kernels);
  }

  forward(image: Float32Array): number {
    const { size, side, kernels, outputs } = this.shape;
    const { weights, offsets } = this;
    const area = offsets.length;
    const last = size - side;
    let logit = 0;
    for (let k = 0; k < kernels; k++) {
      let most = -Infinity;
      let where = 0;
      for (let line = 0; line <= last; line++) {
        for (let at = line * size; at <= line * size + last; at++) {
          let sum = 0;
          for (let j = 0; j < area; j++) sum += weights[k * area + j]! * image[at + offsets[j]!]!;
          if (sum > most) [most, where] = [sum, at];
        }
      }
      this.best[k] = where;
      this.largest[k] = outputs ? Math.max(most, 0) : most;
      logit += outputs ? this.largest[k]! * weights[kernels * area + k]! : most;
    }
    return logit;
  }

  backward(image: Float32Array, delta: number, gradient: Float64Array): void {
    const { kernels, outputs } = this.shape;
    const area = this.offsets.length;
    for (let k = 0; k < kernels; k++) {
      if (outputs) {
        if (this.largest[k] === 0) continue;
        gradient[kernels * area + k]! += delta * this.largest[k]!;
      }
      const flow = outputs ? delta * this.weights[kernels * area + k]! : delta;
      for (let j = 0; j < area; j++) {
        gradient[k * area + j]! += flow * image[this.best[k]! + this.offsets[j]!]!;
      }
    }
  }
}

/** Fully connected layers with ReLU between them; `[900, 1]` is logistic regression. */
export class DenseNet implements Net {
  readonly weights: Float64Array;
  private readonly values: Float64Array[];
  private readonly flows: Float64Array[];

  constructor(
    readonly widths: readonly number[],
    random: Random,
  ) {
    let count = 0;
    for (let l = 1; l < widths.length; l++) count += (widths[l - 1]! + 1) * widths[l]!;
    this.weights = new Float64Array(count);
    if (widths.length > 2) {
      let at = 0;
      for (let l = 1; l < widths.length; l++) {
        const limit = glorot(widths[l - 1]!, widths[l]!);
        for (let i = 0; i < (widths[l - 1]! + 1) * widths[l]!; i++) {
          this.weights[at++] = random.within(limit);
        }
      }
    }
    this.values = widths.map((width) => new Float64Array(width));
    this.flows = widths.map((width) => new Float64Array(width));
  }

  forward(image: Float32Array): number {
    this.values[0]!.set(image);
    let at = 0;
    for (let l = 1; l < this.widths.length; l++) {
      const [from, to] = [this.values[l - 1]!, this.values[l]!];
      const last = l === this.widths.length - 1;
      for (let o = 0; o < to.length; o++) {
        let sum = this.weights[at + from.length]!;
        for (let i = 0; i < from.length; i++) sum += this.weights[at + i]! * from[i]!;
        to[o] = last ? sum : Math.max(sum, 0);
        at += from.length + 1;
      }
    }
    return this.values[this.widths.length - 1]![0]!;
  }

  backward(_image: Float32Array, delta: number, gradient: Float64Array): void {
    let at = this.weights.length;
    this.flows[this.widths.length - 1]![0] = delta;
    for (let l = this.widths.length - 1; l > 0; l--) {
      const [from, flow, back] = [this.values[l - 1]!, this.flows[l]!, this.flows[l - 1]!];
      const block = from.length + 1;
      at -= block * flow.length;
      if (l > 1) back.fill(0);
      for (let o = 0; o < flow.length; o++) {
        const d = flow[o]!;
        if (d === 0) continue;
        const base = at + o * block;
        for (let i = 0; i < from.length; i++) gradient[base + i]! += d * from[i]!;
        gradient[base + from.length]! += d;
        if (l > 1) for (let i = 0; i < from.length; i++) back[i]! += d * this.weights[base + i]!;
      }
      if (l > 1) for (let i = 0; i < from.length; i++) if (from[i] === 0) back[i] = 0;
    }
  }
}

/** Adam (Kingma and Ba, 2015), with its usual decays. */
export class Adam {
  private readonly mean: Float64Array;
  private readonly square: Float64Array;
  private steps = 0;

  constructor(
    count: number,
    private readonly rate: number,
  ) {
    this.mean = new Float64Array(count);
    this.square = new Float64Array(count);
  }

  step(weights: Float64Array, gradient: Float64Array): void {
    this.steps++;
    const first = 1 - 0.9 ** this.steps;
    const second = 1 - 0.999 ** this.steps;
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i]!;
      const m = (this.mean[i] = 0.9 * this.mean[i]! + 0.1 * g);
      const v = (this.square[i] = 0.999 * this.square[i]! + 0.001 * g * g);
      weights[i]! -= (this.rate * (m / first)) / (Math.sqrt(v / second) + 1e-7);
    }
  }
}
