// Everything that takes longer than a frame. Work is cut into slices of 12 ms, between which
// messages are answered.

import { Drawer, imageOf, type Batch, type Variant } from "./draw";
import { saysSlash, score, scoring } from "./kernel";
import { asFloats, asPixels, BATCH_SIZE, Learner, learning, type Tick } from "./learning";
import { optimum } from "./optimum";
import { type Answered, type Answers, type Message, type Requests, type Rival } from "./protocol";
import { Random } from "./random";
import { drawing, joined, taken, type Spec } from "./sources";
import { type Work } from "./work";

const SLICE_MS = 12;
const RIVAL_IMAGES = 1000;
/** Game images are rows that no other screen shows. */
const GAME_START = 1_000_000;

let shown: Batch | null = null;

function* draw({ spec, split, count }: Requests["draw"], tell: Tell<"draw">): Work {
  const batch = (shown = yield* drawing(spec, split, count));
  const shades = new Uint32Array(batch.pixels.length);
  for (let p = 0; p < shades.length; p++) shades[p] = 0xff000000 | (batch.pixels[p]! * 0x010101);
  tell({ batch, shades: new Uint8ClampedArray(shades.buffer) }, [shades.buffer]);
}

function* scored({ kernel }: Requests["score"], tell: Tell<"score">): Work {
  if (shown) tell(yield* scoring(shown, kernel));
}

function* map({ side }: Requests["map"], tell: Tell<"map">): Work {
  const batch = shown;
  if (!batch) return;
  const accuracy = new Float32Array(side * side).fill(NaN);
  for (let row = 0; row < side; row++) {
    for (let col = 0; col < side; col++) {
      const at = (k: number): number => -1 + (2 * k) / (side - 1);
      const [a, b] = [at(col), -at(row)];
      accuracy[row * side + col] = score(batch, [a, b, b, a]).correct / batch.count;
      yield;
    }
    tell({ side, accuracy: accuracy.slice() });
  }
}

function* curve({ values }: Requests["curve"], tell: Tell<"curve">): Work {
  const batch = shown;
  if (!batch) return;
  const found: number[] = [];
  for (const a of values) {
    found.push(score(batch, [a, -1, -1, a]).correct / batch.count);
    yield;
  }
  tell(found);
}

function* train(request: Requests["train"], tell: Tell<"train">): Work {
  const { spec, models, seed, start, passes } = request;
  const data = {
    train: asPixels(yield* drawing(spec, "train", request.trainRows)),
    test: asPixels(yield* drawing(spec, "test", request.testRows)),
  };
  for (const tick of learning(models, seed, start, passes, data)) {
    if (tick) tell(tick, [tick.weights.buffer]);
    yield tick;
  }
}

const noisy = (spec: Spec, noise: number): Variant => ({ ...spec.variant, noise });

const rung = (spec: Spec, noise: number, start: number, count: number): Batch =>
  new Drawer(noisy(spec, noise), "test", BigInt(spec.seed)).draw(start, count);

/** The images of a game; each level's answers are in an order that cannot be guessed. */
function gameBatches({ spec, ladder, trials }: Requests["game"]): Batch[] {
  return ladder.map((noise, k) => {
    const all = rung(spec, noise, GAME_START + 1000 * k, 4 * trials);
    const order = new Random(Number(BigInt(spec.seed) % 4294967296n), 100 + k).order(all.count);
    return taken(all, order.subarray(0, trials));
  });
}

function* game(request: Requests["game"], tell: Tell<"game">): Work {
  tell(joined(gameBatches(request)));
}

/** A player's answers to the images of a level: 1 slash, 0 backslash, 0.5 either. */
type Judge = (image: Uint8Array) => number;

function* rivals(request: Requests["rivals"], tell: Tell<"rivals">): Work {
  const { spec, ladder, kernel, seed } = request;
  const games = gameBatches(request);
  const fresh: Batch[] = [];
  for (const noise of ladder) {
    fresh.push(rung(spec, noise, 2 * GAME_START, RIVAL_IMAGES));
    yield;
  }
  const found: Rival[] = [];

  function* count(batches: Batch[], judgeOf: (rung: number) => Judge): Work<number[]> {
    const counts: number[] = [];
    for (const [k, batch] of batches.entries()) {
      const judge = judgeOf(k);
      let right = 0;
      for (let i = 0; i < batch.count; i++) {
        right += 1 - Math.abs(judge(imageOf(batch, i)) - batch.labels[i]!);
        if (i % 16 === 15) yield;
      }
      counts.push(right);
    }
    return counts;
  }
  function* add(name: string, judgeOf: (rung: number) => Judge): Work {
    const own = yield* count(games, judgeOf);
    const many = yield* count(fresh, judgeOf);
    found.push({ name, right: own.reduce((a, b) => a + b, 0), accuracy: many.map((n) => n / RIVAL_IMAGES) });
  }

  yield* add("the four numbers", (k) => (image) => Number(saysSlash(image, games[k]!.size, kernel)));
  const images = asPixels(yield* drawing(spec, "train", 750));
  for (const [key, name] of [["4", "the trained 4-number net"], ["8", "the trained 80-number net"]] as const) {
    const learner = new Learner(key, seed, "friendly", { train: images, test: images });
    for (let pass = 0; pass < 15; pass++) {
      const order = new Random(seed, pass + 1).order(images.raw.length);
      for (let at = 0; at < order.length; at += BATCH_SIZE) {
        learner.step(order.subarray(at, at + BATCH_SIZE));
        yield;
      }
    }
    yield* add(name, () => (image) => Number(learner.net.forward(asFloats(image)) > 0));
  }
  if (spec.variant.max_rotation) found.push({ name: "the optimum", right: null, accuracy: null });
  else yield* add("the optimum", (k) => optimum(noisy(spec, ladder[k]!), "test"));
  tell(found);
}

type Tell<K extends Answered> = (answer: Answers[K], transfer?: Transferable[]) => void;
type Jobs = { [K in Answered]: (request: Requests[K], tell: Tell<K>) => Work };

/** Requests are answered in order. */
const JOBS: Jobs = { draw, score: scored, game, curve, map, rivals, train };
const tasks = new Map<Answered, Work>();
let paused = false;

const post = self.postMessage.bind(self) as (message: unknown, transfer?: Transferable[]) => void;

const turn = new MessageChannel();
let turning = false;
turn.port1.onmessage = () => {
  turning = false;
  const until = performance.now() + SLICE_MS;
  while (performance.now() < until) {
    const next = (Object.keys(JOBS) as Answered[]).find((kind) => tasks.has(kind) && !(kind === "train" && paused));
    if (!next) return;
    if (tasks.get(next)!.next().done) tasks.delete(next);
  }
  go();
};

function go(): void {
  if (turning || !tasks.size) return;
  turning = true;
  turn.port2.postMessage(null);
}

/** Train until there is something to report. */
function stepOnce(): void {
  for (let left = tasks.get("train"); left; ) {
    const { done, value } = left.next();
    if (done) tasks.delete("train");
    if (done || (value as Tick | null)) return;
  }
}

self.onmessage = ({ data }: MessageEvent<Message>) => {
  const { kind, gen } = data;
  if (kind === "pause") paused = data.paused;
  else if (kind === "stop") tasks.delete("train");
  else if (kind === "step") {
    paused = true;
    stepOnce();
  } else {
    if (kind === "train") paused = false;
    const job = JOBS[kind] as (request: Message, tell: (answer: unknown, transfer?: Transferable[]) => void) => Work;
    tasks.set(kind, job(data, (answer, transfer) => post({ kind, gen, answer }, transfer)));
  }
  go();
};
