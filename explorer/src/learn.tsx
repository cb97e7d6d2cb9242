// Screen 4: four models learn side by side.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, on } from "./client";
import { BATCH_SIZE, KERNELS, MODELS, STARTS, type ModelKey, type Start, type Tick } from "./learning";
import { May, Next, Note, NumberField, Screen } from "./parts";
import { Curves, room, Weights, type Sheet } from "./pictures";
import { change, changeConfig, FIELDS, modelsOf, said, specOf, state, whispered } from "./state";
import { type ConfigName } from "./sources";
import { specKey } from "./store";
import starts from "./starts.json";

type Phase = "ready" | "learning" | "paused" | "done";
export const phase = signal<Phase>("ready");
const history = signal<Readonly<Partial<Record<ModelKey, readonly Tick[]>>>>({});
let pending: Tick[] = [];

on("train", (tick) => {
  // The newest of each frame are drawn together.
  if (!pending.length) requestAnimationFrame(take);
  pending.push(tick);
});

function take(): void {
  const now: Partial<Record<ModelKey, readonly Tick[]>> = { ...history.value };
  for (const tick of pending) now[tick.model] = [...(now[tick.model] ?? []), tick];
  pending = [];
  history.value = now;
  const models = modelsOf(state.value);
  if (phase.value !== "ready" && models.every((key) => now[key]?.at(-1)?.done)) {
    phase.value = "done";
    whispered.value = `Learned. On new pictures: ${models.map((key) => `${titleOf(key)} ${percent(now[key]!.at(-1)!.test)}`).join(", ")}.`;
  }
}

const percent = (v: number): string => `${Math.round(v * 100)}%`;

function reset(): void {
  ask("stop", {});
  pending = [];
  history.value = {};
  phase.value = "ready";
}

function begin(): void {
  reset();
  const s = state.value;
  if (!modelsOf(s).length) {
    said.value = "Choose a model first.";
    return;
  }
  phase.value = "learning";
  ask("train", { spec: specOf(s), trainRows: s.t, testRows: s.u, models: modelsOf(s), seed: s.j, start: s.g, passes: s.f });
}

function titleOf(key: ModelKey): string {
  if (key !== "4") return MODELS[key].title;
  const count = KERNELS[state.value.g];
  return count === 1 ? "One 2 x 2 kernel" : `${count} 2 x 2 kernels`;
}

function weightCount(key: ModelKey): number {
  const { z: size, g: start } = state.value;
  const area = size * size;
  if (key === "l") return area + 1;
  if (key === "m") return (area + 1) * 64 + 65 * 64 * 2 + 65;
  if (key === "8") return 80;
  return KERNELS[start] * 4 + (start === "friendly" ? 0 : KERNELS[start]);
}

function sheetOf(key: ModelKey): Sheet {
  const { z: size, g: start } = state.value;
  if (key === "l") return { side: size, count: 1, stride: 0 };
  if (key === "m") return { side: size, count: 64, stride: size * size + 1 };
  if (key === "8") return { side: 3, count: 8, stride: 9 };
  return { side: 2, count: KERNELS[start], stride: 4 };
}

/** What the picture of the weights shows of them. */
function captionOf(key: ModelKey): string {
  const sheet = sheetOf(key);
  const { columns, lines } = room(sheet);
  const all = columns * lines >= sheet.count;
  return { l: "one for each pixel", m: `${all ? "" : `${columns * lines} of `}64 first neurons`, "4": "all of them", "8": "the kernels" }[key];
}

function Card({ model }: { model: ModelKey }) {
  const ticks = history.value[model] ?? [];
  const last = ticks.at(-1);
  const total = state.value.f * state.value.t;
  const close = last && Math.abs(last.train - last.test) < 0.05;
  const top = (v: number): string => `${100 * (1 - (Math.max(0.4, v) - 0.4) / 0.6)}%`;
  return (
    <article class="card" data-model={model} data-test={last?.test} data-train={last?.train} data-done={last?.done ?? false}>
      <h3>{titleOf(model)}</h3>
      <p class="muted">
        {weightCount(model).toLocaleString("en")} weights; {captionOf(model)}
      </p>
      <div class="weights">
        {last ? <Weights weights={last.weights} sheet={sheetOf(model)} label={`Weights of ${titleOf(model)}: ${captionOf(model)}`} /> : <span class="muted">Nothing learned yet.</span>}
      </div>
      <div class="plot">
        <Curves
          log
          from={Math.min(BATCH_SIZE, total / 2)}
          to={total}
          lines={[
            { dashed: true, points: ticks.map((t) => [t.seen, t.train] as const) },
            { dashed: false, points: ticks.map((t) => [t.seen, t.test] as const) },
          ]}
          label={last ? `Accuracy after ${last.seen} pictures: seen ${percent(last.train)}, new ${percent(last.test)}` : "No accuracy yet"}
        />
        {last && close && <span style={{ top: top(last.test) }}>both</span>}
        {last && !close && <span style={{ top: top(last.train) }}>seen</span>}
        {last && !close && (
          <span style={{ top: top(last.test) }}>
            <b>new</b>
          </span>
        )}
      </div>
      <p>
        <b class="number big-number">{last ? percent(last.test) : "–"}</b> <span class="muted">on new pictures</span>
      </p>
    </article>
  );
}

const DATA: Readonly<Partial<Record<ConfigName, string>>> = {
  original: "As published",
  standard: "Fresh draws",
  shuffled: "Shuffle the pixels",
  shifted: "Shift the strokes",
};

const START_NAMES: Readonly<Record<Start, string>> = {
  friendly: "friendly (−0.5 ± 0.05, as smallest_cnn)",
  random1: "random, one kernel",
  random8: "random, eight kernels",
  random16: "random, sixteen kernels",
};

export function Learn() {
  const s = state.value;
  const setup = [specKey.value, s.t, s.u, s.m, s.j, s.f, s.g].join();
  useEffect(reset, [setup]);
  const running = phase.value === "learning" || phase.value === "paused";
  const toggle = (): void => {
    const paused = phase.value === "learning";
    phase.value = paused ? "paused" : "learning";
    ask("pause", { paused });
  };
  return (
    <Screen number={4} title="Now let them learn" lead={`Four models see the same ${s.t.toLocaleString("en")} pictures in the same order. Watch how they do on these, and on new ones.`}>
      <div class="buttons">
        <button class="primary" id="train" onClick={begin}>
          {phase.value === "ready" ? "Train" : "Train again"}
        </button>
        <button onClick={toggle} disabled={!running}>
          {phase.value === "paused" ? "Go on" : "Pause"}
        </button>
        <button
          disabled={!running}
          onClick={() => {
            phase.value = "paused";
            ask("step", {});
          }}
        >
          Step
        </button>
        <May hide="shuffle">
          {Object.entries(DATA).map(([config, name]) => (
            <button aria-pressed={s.c === config} onClick={() => changeConfig(config as ConfigName)}>
              {name}
            </button>
          ))}
        </May>
      </div>
      {s.c === "shuffled" && <p>One fixed permutation moved every pixel of the fresh draws. Nothing is lost, but neighbours are no longer neighbours. Models that never knew neighbours do not mind: the curve of logistic regression is identical.</p>}
      {s.c === "shifted" && <p>The strokes to learn from are in the left half, the new ones in the right. A kernel goes everywhere; a weight stays in its place.</p>}
      <div class="cards">
        {(["l", "m", "4", "8"] as const)
          .filter((key) => s.m.includes(key))
          .map((key) => (
            <Card model={key} />
          ))}
      </div>
      <p class="muted">
        Dashed: the last 250 pictures seen (all of them at the end); solid: {s.u} new ones. Across: pictures seen, each step the same factor. Scale: 40% to 100%; the fine line is chance. Violet below zero, green above.
      </p>
      <div class="buttons">
        <May hide="models">
          <span role="group" aria-label="Models" class="buttons">
            {(["l", "m", "4", "8"] as const).map((key) => (
              <button aria-pressed={s.m.includes(key)} onClick={() => change({ m: [..."lm48"].filter((k) => s.m.includes(k) !== (k === key)).join("") })}>
                {titleOf(key)}
              </button>
            ))}
          </span>
        </May>
        <May hide="seed">
          <label class="inline">
            Seed <NumberField value={s.j} low={0} high={FIELDS.j.high} step={1} label="Training seed" change={(j) => change({ j })} />
          </label>
        </May>
        <label class="inline">
          Passes <NumberField value={s.f} low={1} high={40} step={1} label="Passes over the train pictures" change={(f) => change({ f })} />
        </label>
      </div>
      <May hide="start">
        <label class="inline">
          The four numbers start{" "}
          <select value={s.g} onChange={(e) => change({ g: e.currentTarget.value as Start })}>
            {STARTS.map((start) => (
              <option value={start}>{START_NAMES[start]}</option>
            ))}
          </select>
        </label>
        <details>
          <summary>How often does each start succeed?</summary>
          <table>
            <caption class="muted">
              Seeds of {starts[0]!.seeds} that reach {percent(starts[0]!.least)} on the author's test pictures in {starts[0]!.passes} passes, with this page's own nets.
            </caption>
            <thead>
              <tr>
                <th scope="col">start</th>
                <th scope="col">found it</th>
              </tr>
            </thead>
            <tbody>
              {starts.map((row) => (
                <tr>
                  <th scope="row">{START_NAMES[row.start as Start]}</th>
                  <td>
                    {row.found.length} of {row.seeds}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <p>Four numbers suffice, but a random start seldom finds them. Extra kernels are lottery tickets.</p>
        </details>
      </May>
      <Next to={5}>And you?</Next>
      <Note minutes={12} question="Which curve would you trust if you saw only the dashed ones?" answer="All four remember; only the models that share weights over places learn. Shuffle: the two models on the left do not change, convolution fails." />
    </Screen>
  );
}
