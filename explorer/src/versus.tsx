// Screen 5: a person against four numbers, trained nets and the optimum; the coda.

import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { ask, on } from "./client";
import { type Batch } from "./draw";
import facts from "./facts.json";
import { wilson } from "./interval";
import { SOLVED } from "./kernel";
import { Answers, answerKeys, May, Note, NumberField, Screen } from "./parts";
import { Gray } from "./pictures";
import { type Rival } from "./protocol";
import { change, FIELDS, kernelOf, said, whispered, specOf, state } from "./state";
import { specKey } from "./store";

const game = signal<Batch | null>(null);
const given = signal<boolean[]>([]);
/** The last picture whose time is over. */
const gone = signal(-1);
const rivals = signal<Rival[] | null>(null);
/** Whether their four numbers are those of screen 2. */
const own = signal(false);
on("game", (images) => (game.value = images));
on("rivals", (answer) => (rivals.value = answer));

const FLASHES = [0, 2000, 1000, 500, 200] as const;
const percent = (v: number): string => (100 * v).toFixed(1).replace(/\.0$/, "");
const overlap = (config: string) => facts.overlap.find((row) => row.config === config)!;
const accuracyOf = (model: keyof typeof facts.test_accuracy): string => facts.test_accuracy[model].toFixed(3);

function reset(): void {
  game.value = rivals.value = null;
  given.value = [];
  gone.value = -1;
}

function start(): void {
  const s = state.value;
  reset();
  ask("game", { spec: specOf(s), ladder: s.gl.map((v) => v / 10), trials: s.gn });
}

function Settings() {
  const s = state.value;
  return (
    <div class="buttons">
      <label class="inline">
        Noise{" "}
        <input
          value={s.gl.map((v) => v / 10).join(", ")}
          onChange={(e) => {
            const ladder = FIELDS.gl.read(e.currentTarget.value.split(",").map((v) => String(10 * Number(v || NaN))).join());
            if (ladder) change({ gl: ladder });
            else said.value = "The noise takes one to six numbers from 0 to 4, separated by commas.";
            e.currentTarget.value = state.value.gl.map((v) => v / 10).join(", ");
          }}
        />
      </label>
      <label class="inline">
        pictures at each <NumberField value={s.gn} low={FIELDS.gn.low} high={FIELDS.gn.high} step={1} label="Pictures at each noise" change={(gn) => change({ gn })} />
      </label>
      <label class="inline">
        shown{" "}
        <select value={s.gf} onChange={(e) => change({ gf: Number(e.currentTarget.value) })}>
          {[...new Set([...FLASHES, s.gf])].map((ms) => (
            <option value={ms}>{ms ? `for ${ms / 1000} s` : "until you answer"}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Result({ ladder, trials }: { ladder: number[]; trials: number }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.focus(), []);
  const total = given.value.length;
  const right = given.value.filter(Boolean).length;
  const [low, high] = wilson(right, total);
  const mine = { name: "you", right, accuracy: ladder.map((_, k) => given.value.slice(k * trials, (k + 1) * trials).filter(Boolean).length / trials) };
  return (
    <div id="result" ref={box} tabIndex={-1}>
      <p>
        You: <b class="number">{right}</b> of {total}. If you went on, between {percent(low)}% and {percent(high)}% (Wilson's 95% interval).
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="You and the machines">
        <table class="result">
          <thead>
            <tr>
              <th scope="col">right</th>
              <th scope="col">of {total}</th>
              {ladder.map((noise) => (
                <th scope="col">
                  <span class="wide">noise </span>
                  {noise}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[mine, ...(rivals.value ?? [])].map((one) => (
              <tr>
                <th scope="row">{one.name}</th>
                <td>{one.right ?? "–"}</td>
                {ladder.map((_, k) => (
                  <td>{one.accuracy ? `${percent(one.accuracy[k]!)}%` : "–"}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rivals.value ? (
        <p class="muted">
          First on the same {total} pictures; then by noise: you on your {trials}, the machines on 1,000 more. The four numbers are {own.value ? "yours from screen 2" : "0.35, −1, −1, 0.35"}; the nets learned at noise {state.value.n}.
          {rivals.value.some((one) => !one.accuracy) && " The optimum is not computed here for turned strokes."}
        </p>
      ) : (
        <p>The machines are looking…</p>
      )}
      <button onClick={start}>Play again</button>
    </div>
  );
}

function Game({ images, trials, ladder }: { images: Batch; trials: number; ladder: number[] }) {
  const box = useRef<HTMLDivElement>(null);
  const done = given.value.length;
  const total = images.count;
  const flash = state.value.gf;
  useLayoutEffect(() => box.current?.focus(), []);
  useEffect(() => {
    if (!flash) return;
    const timer = setTimeout(() => (gone.value = done), flash);
    return () => clearTimeout(timer);
  }, [done, flash]);
  const answer = (label: number): void => {
    if (given.value.length >= total) return;
    given.value = [...given.value, label === images.labels[given.value.length]];
    if (given.value.length < total) return;
    const s = state.value;
    own.value = s.k.some((v) => v !== 0);
    whispered.value = `Done: ${given.value.filter(Boolean).length} of ${total} right.`;
    ask("rivals", { spec: specOf(s), ladder, trials, kernel: own.value ? kernelOf(s) : SOLVED, seed: s.j });
  };
  return (
    <div ref={box} class="guess" id="game" role="group" tabIndex={-1} onKeyDown={answerKeys(answer)} aria-label={`Game, picture ${done + 1} of ${total}; keys: left arrow or \\ for backslash, right arrow or / for slash`}>
      <Gray batch={images} row={done} blank={gone.value === done} label={`Picture ${done + 1} of ${total}; ${gone.value === done ? "its time is over" : "seeing it is the task"}`} />
      <Answers answer={answer}>
        <p class="muted">
          Picture {done + 1} of {total}, noise {ladder[Math.floor(done / trials)]}. ← or \ for backslash, → or / for slash.
        </p>
      </Answers>
    </div>
  );
}

export function Versus() {
  const s = state.value;
  const ladder = s.gl.map((v) => v / 10);
  const g = game.value;
  useEffect(reset, [[specKey.value, s.gl.join(), s.gn].join()]);
  return (
    <Screen number={5} title="You against four numbers" lead="Same pictures, more and more noise. The optimum knows how the pictures are drawn; on average, nobody beats it.">
      <May hide="game">
        {!g && (
          <>
            <button class="primary" id="play" onClick={start}>
              Play: {ladder.length * s.gn} pictures
            </button>
            <Settings />
          </>
        )}
        {g && (given.value.length < g.count ? <Game images={g} trials={s.gn} ladder={ladder} /> : <Result ladder={ladder} trials={s.gn} />)}
      </May>
      <h3>Convolution is not the only way; it is the cheap one</h3>
      <p>
        “I'd love to be proved wrong”, Sophie Searcy wrote in 2019 of models without convolution. Some come close off the shelf: one nearest neighbour is right on {accuracyOf("knn-1")} of her test pictures, a support vector machine with a tuned kernel on {accuracyOf("svm-tuned")}. One that knows nothing about neighbours gets there.
      </p>
      <p>
        Two strokes that lean differently share at most <b>one</b> pixel. So one shared dark pixel speaks for the <i>other</i> class, and two or more prove the same one. Models that vote by similarity read one shared pixel the wrong way round. A kernel machine that first separates dark pixels from light ones chooses (shared dark pixels − {-overlap("original").coef0})<sup>{overlap("original").degree}</sup> by cross-validation, and reads it right:{" "}
        <b>
          {overlap("original").test_correct} of {overlap("original").num_test}
        </b>
        , and {overlap("shuffled").test_correct} of {overlap("shuffled").num_test} when the pixels are shuffled, where our kernels are at chance.
      </p>
      <p>
        The price: it looks up {overlap("original").support_vectors} remembered pictures. And if strokes move to places that it never saw (<i>shifted</i>), it gets {overlap("shifted").test_correct} of {overlap("shifted").num_test}, as every model that does not know which pixels are neighbours must on average. Four numbers, learned from a few hundred pictures, go anywhere.
      </p>
      <Note minutes={8} question="At which noise do you fall behind the optimum? When do the four numbers, and why earlier?" answer="The four numbers have a fixed threshold, made for little noise. A person adapts; the optimum also adds up all places." />
    </Screen>
  );
}
