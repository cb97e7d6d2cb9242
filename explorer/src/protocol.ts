// What the page and its worker say to each other. Each request has a number; a newer request of
// its kind makes the older one's answers stale.

import { type Batch, type Split } from "./draw";
import { type Kernel, type Scored } from "./kernel";
import { type ModelKey, type Start, type Tick } from "./learning";
import { type Spec } from "./sources";

export interface Requests {
  /** The first rows of a split, to which the next requests refer. */
  draw: { spec: Spec; split: Split; count: number };
  score: { kernel: Kernel };
  /** Accuracy of (a, b, b, a) for a and b from -1 to 1. */
  map: { side: number };
  /** Accuracy of (a, -1, -1, a) for each a. */
  curve: { values: number[] };
  train: { spec: Spec; trainRows: number; testRows: number; models: ModelKey[]; seed: number; start: Start; passes: number };
  /** Images of a game, one level of noise after another. */
  game: { spec: Spec; ladder: number[]; trials: number };
  /** The machines' answers to the same images, and to 1,000 more at each level. */
  rivals: { spec: Spec; ladder: number[]; trials: number; kernel: Kernel; seed: number };
  pause: { paused: boolean };
  step: Record<string, never>;
  stop: Record<string, never>;
}

export interface Rival {
  name: string;
  /** Right answers on the images of the game; null if it cannot be computed. */
  right: number | null;
  /** Accuracy on 1,000 images of each level. */
  accuracy: number[] | null;
}

export interface Answers {
  /** Also with all pixels as red, green, blue and opacity. */
  draw: { batch: Batch; shades: Uint8ClampedArray<ArrayBuffer> };
  score: Scored;
  map: { side: number; accuracy: Float32Array };
  curve: number[];
  train: Tick;
  game: Batch;
  rivals: Rival[];
}

export type Kind = keyof Requests;
/** A kind with an answer, repeated or single. */
export type Answered = keyof Answers;
export type Message = { [K in Kind]: { kind: K; gen: number } & Requests[K] }[Kind];
export type Answer = { [K in Answered]: { kind: K; gen: number; answer: Answers[K] } }[Answered];
