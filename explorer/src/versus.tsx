// Screen 5: a person against four numbers, trained nets and the optimum; the coda.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask, on } from "./client";
import { type Batch } from "./draw";
import facts from "./facts.json";
import { wilson } from "./interval";
import { SOLVED } from "./kernel";
import { Answers, answerKeys, May, Note, Screen } from "./parts";
import { Gray } from "./pictures";
import { type Rival } from "./protocol";
import { kernelOf, whispered, specOf, state } from "./state";
import { specKey } from "./store";

const game = signal<Batch | null>(null);
const given = signal<boolean[]>([]);
const rivals = signal<Rival[] | null>(null);
on("game", (images) => (game.value = images));
on("rivals", (answer) => (rivals.value = answer));

const percent = (v: number): string => `${(100 * v).toFixed(1).replace(/\.0$/, "")}%`;
const overlap = (config: string) => facts.overlap.find((row) => row.config === config)!;
const accuracyOf = (model: keyof typeof facts.table): string => facts.table[model].test_accuracy.toFixed(3);

function start(): void {
  const s = state.value;
  given.value = [];
  rivals.value = null;
  ask("game", { spec: specOf(s), ladder: s.gl.map((v) => v / 10), trials: s.gn });
}

export function Versus() {
  const s = state.value;
  const ladder = s.gl.map((v) => v / 10);
  const g = game.value;
  const total = ladder.length * s.gn;
  const done = given.value.length;
  const box = useRef<HTMLDivElement>(null);
  const setup = [specKey.value, s.gl.join(), s.gn].join();
  useEffect(() => {
    game.value = null;
    given.value = [];
    rivals.value = null;
  }, [setup]);
  const playing = g !== null && done < total;
  useEffect(() => {
    if (playing) box.current?.focus();
  }, [playing]);
  const answer = (label: number): void => {
    if (!g || done >= total) return;
    given.value = [...given.value, label === g.labels[done]];
    if (done + 1 === total) {
      const right = given.value.filter(Boolean).length;
      whispered.value = `Done: ${right} of ${total} right.`;
      const kernel = kernelOf(s).some((v) => v !== 0) ? kernelOf(s) : SOLVED;
      ask("rivals", { spec: specOf(s), ladder, trials: s.gn, kernel, seed: s.j });
    }
  };
  const right = given.value.filter(Boolean).length;
  const [low, high] = done ? wilson(right, done) : [0, 1];
  const area = g ? g.size ** 2 : 0;
  return (
    <Screen number={5} title="You against four numbers" lead="Same pictures, more noise. The optimum knows how the pictures are drawn, and nobody can beat it on average.">
      <May hide="game">
        {!g && (
          <button class="primary" id="play" onClick={start}>
            Play: {total} pictures
          </button>
        )}
        {playing && (
          <div ref={box} class="guess" id="game" role="group" tabIndex={-1} onKeyDown={answerKeys(answer)} aria-label={`Game, picture ${done + 1} of ${total}; keys: left arrow or \\ for backslash, right arrow or / for slash`}>
            <Gray pixels={g.pixels.subarray(done * area, (done + 1) * area)} size={g.size} wanted={360} alone label={`Picture ${done + 1} of ${total}; seeing it is the task`} />
            <Answers answer={answer}>
              <p class="muted">
                Picture {done + 1} of {total}, noise {ladder[Math.floor(done / s.gn)]}. ← or \ for backslash, → or / for slash.
              </p>
            </Answers>
          </div>
        )}
        {g && !playing && (
          <div id="result">
            <p>
              You: <b class="number">{right}</b> of {total}. If you went on, between {percent(low)} and {percent(high)} (Wilson's 95% interval).
            </p>
            <p class="muted">
                  Right on the same {total} pictures; then, by noise, you on your {s.gn} and the machines on 1,000 more. The four numbers are {kernelOf(s).some((v) => v !== 0) ? "yours of screen 2" : "0.35, −1, −1, 0.35"}; the nets learned at noise {s.n}.
            </p>
            <div class="scroll" tabIndex={0} role="region" aria-label="You and the machines">
              <table>
                <thead>
                  <tr>
                    <th scope="col">who</th>
                    <th scope="col">same pictures</th>
                    {ladder.map((noise) => (
                      <th scope="col">{noise}</th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  <tr>
                    <th scope="row">you</th>
                    <td>{right}</td>
                    {ladder.map((_, k) => (
                      <td>{percent(given.value.slice(k * s.gn, (k + 1) * s.gn).filter(Boolean).length / s.gn)}</td>
                    ))}
                  </tr>
                  {rivals.value?.map((rival) => (
                    <tr>
                      <th scope="row">{rival.name}</th>
                      <td>{rival.right ?? "–"}</td>
                      {ladder.map((_, k) => (
                        <td>{rival.accuracy ? percent(rival.accuracy[k]!) : "–"}</td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {rivals.value ? <p class="muted">Where the optimum shows –, strokes are turned and it is not computed here.</p> : <p>The machines are looking…</p>}
            <button onClick={start}>Play again</button>
          </div>
        )}
      </May>
      <h3>Convolution is not the only way; it is the cheap one</h3>
      <p>
        In 2019 Sophie Searcy wrote that she would love to be proved wrong about other models. Some come close as they are: one nearest neighbour is right on {accuracyOf("knn-1")} of her test pictures, and a support vector machine with a tuned kernel on {accuracyOf("svm-tuned")}. And one that knows nothing of neighbours gets there.
      </p>
      <p>
        Two strokes that lean differently share at most <b>one</b> pixel. So one shared dark pixel speaks for the <i>other</i> class, and two or more prove the same one. Models that vote by likeness read the first the wrong way round. A kernel machine on (shared dark pixels − 1)² does not:{" "}
        <b>
          {overlap("original").test_correct} of {overlap("original").num_test}
        </b>{" "}
        of her test pictures, and {overlap("shuffled").test_correct} of {overlap("shuffled").num_test} when the pixels are shuffled, where our kernels are at chance. The price: it looks up {overlap("original").support_vectors} remembered pictures, and where strokes move to places that it never saw (<i>shifted</i>) it gets {overlap("shifted").test_correct} of {overlap("shifted").num_test}. Four numbers learned from a few hundred pictures go anywhere.
      </p>
      <Note minutes={8} question="At which noise do you fall behind the optimum? And the four numbers, when, and why earlier?" answer="The four numbers have a fixed threshold, made for little noise. A person adapts; the optimum also adds up all places." />
    </Screen>
  );
}
