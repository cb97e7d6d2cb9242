// Screen 2: four numbers slide over a picture.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, on } from "./client";
import { largest, responses, SOLVED, stepOf, visited, type Kernel } from "./kernel";
import { Glyph, May, NAMES, Note, NumberField, Screen, signed } from "./parts";
import { grays, Painting, zoom } from "./pictures";
import { change, kernelOf, state, whispered } from "./state";
import { batch, dark, dataKey, image, index, scored, still, tokens, weightColour } from "./store";

/** Responses computed so far while the kernel slides; null when all are shown. */
const filled = signal<number | null>(null);
const playing = signal(false);
const hints = signal(0);
const heat = signal<{ side: number; accuracy: Float32Array } | null>(null);
on("map", (answer) => (heat.value = answer));

const PLACES = ["top left", "top right", "bottom left", "bottom right"] as const;
const MAP_SIDE = 21;

const setWeight = (k: number, value: number): void => {
  const weights = [...state.value.k];
  weights[k] = Math.max(-300, Math.min(300, Math.round(value * 100)));
  filled.value = null;
  change({ k: weights });
};

const setKernel = (kernel: Kernel): void => {
  filled.value = null;
  change({ k: kernel.map((v) => Math.round(v * 100)) });
};

function Cell({ k }: { k: number }) {
  const value = state.value.k[k]! / 100;
  let start: { y: number; value: number } | null = null;
  const [r, g, b] = weightColour(value, 1);
  const light = 0.299 * r + 0.587 * g + 0.114 * b > 140;
  return (
    <div
      class="cell"
      style={{ background: `rgb(${r},${g},${b})`, color: light ? "#000" : "#fff" }}
      onPointerDown={(event) => {
        start = { y: event.clientY, value };
        event.currentTarget.setPointerCapture(event.pointerId);
        const cell = event.currentTarget;
        const move = (e: PointerEvent): void => {
          if (start) setWeight(k, start.value + ((start.y - e.clientY) / 100) * (e.shiftKey ? 5 : 1));
        };
        const end = (): void => {
          cell.removeEventListener("pointermove", move);
          start = null;
        };
        cell.addEventListener("pointermove", move);
        cell.addEventListener("pointerup", end, { once: true });
        cell.addEventListener("pointercancel", end, { once: true });
      }}
    >
      <NumberField value={value} low={-3} high={3} step={0.05} label={`Weight ${PLACES[k]}`} change={(v) => setWeight(k, v)} onPointerDown={(e: Event) => (e.currentTarget as HTMLElement).focus()} />
    </div>
  );
}

function step(): void {
  const side = batch.value!.size - 1;
  const from = filled.value === null ? 0 : Math.min(filled.value - 1, side * side - 1);
  const next = Math.min(from + 1, side * side - 1);
  filled.value = next + 1;
  change({ x: next });
}

function finish(): void {
  const side = batch.value!.size - 1;
  playing.value = false;
  filled.value = null;
  change({ x: largestStep(side) });
}

function largestStep(side: number): number {
  const best = largest(responses(image.value!, side + 1, kernelOf(state.value)));
  return stepOf(Math.floor(best / side), best % side, side);
}

function slide(): void {
  if (playing.value) {
    playing.value = false;
    return;
  }
  const side = batch.value!.size - 1;
  if (still.value) {
    finish();
    return;
  }
  playing.value = true;
  const speed = { "1": (side * side) / 1.2, "2": side, "3": 4 }[state.value.y];
  let before = performance.now();
  let done = filled.value === null || filled.value >= side * side ? 0 : filled.value;
  const frame = (now: number): void => {
    if (!playing.value) return;
    done += (Math.max(0, now - before) / 1000) * speed;
    before = now;
    if (done >= side * side) {
      finish();
      return;
    }
    filled.value = Math.max(1, Math.floor(done));
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

function advice(correct: number, count: number, kernel: Kernel): string {
  const [a, b, c, d] = kernel;
  if (correct === count) return "Every single one. Why does it never miss?";
  if (kernel.every((v) => v === 0)) return "Blank: every sum is 0, so nothing shouts and every answer is backslash. Drag a square up or down, or type.";
  if (correct < count / 8) return "Wrong every time? You found backslashes! Mirror it.";
  if (b > 0 && c > 0 && a <= 0 && d <= 0) return "You painted a slash. But ink is 0: it adds nothing, whatever you multiply it by. Only light counts.";
  if (a > 0 && d > 0 && b < 0 && c < 0) return "Almost: how strong may the plus be, so that one dark pixel is not yet enough?";
  if (a >= 0 && b >= 0 && c >= 0 && d >= 0) return "Light is 1, and it is everywhere: without a minus, every spot shouts slash.";
  if (a <= 0 && b <= 0 && c <= 0 && d <= 0) return "Nothing can rise above zero with minuses alone. Which spots should shout?";
  return "Where should light be punished, and where should it help?";
}

function Sums({ row, col }: { row: number; col: number }) {
  const size = batch.value!.size;
  const kernel = kernelOf(state.value);
  const parts = [0, 1, size, size + 1].map((by, k) => ({ v: image.value![row * size + col + by]! / 255, w: kernel[k]! }));
  return (
    <div class="sums">
      {parts.map(({ v, w }) => (
        <div>
          <span class="value" style={{ background: `rgb(${v * 255},${v * 255},${v * 255})`, color: v > 0.55 ? "#000" : "#fff" }}>
            {v.toFixed(2)}
          </span>{" "}
          × {signed(w)} = {signed(v * w)}
        </div>
      ))}
      <b>sum = {signed(parts.reduce((sum, { v, w }) => sum + v * w, 0))}</b>
    </div>
  );
}

function TreasureMap() {
  const h = heat.value;
  useEffect(() => {
    heat.value = null;
    if (batch.value) ask("map", { side: MAP_SIDE });
  }, [batch.value]);
  const scale = 8;
  return (
    <div class="treasure">
      <Painting
        wide={MAP_SIDE}
        high={MAP_SIDE}
        scale={scale}
        deps={[h]}
        role="img"
        aria-label="Map of the accuracy of kernels (a, b, b, a): a to the right from −1 to 1, b upwards from −1 to 1; the best are right of the middle and at the bottom"
        onClick={(event: MouseEvent) => {
          const at = (v: number): number => -1 + (2 * Math.floor(v / scale)) / (MAP_SIDE - 1);
          const [a, b] = [at(event.offsetX), -at(event.offsetY)];
          setKernel([a, b, b, a]);
        }}
        paint={(context) => {
          for (let p = 0; p < MAP_SIDE ** 2; p++) {
            const accuracy = h?.accuracy[p] ?? NaN;
            context.fillStyle = Number.isNaN(accuracy) ? tokens.value.surface : `rgb(${weightColour(accuracy - 0.5, 0.5).join()})`;
            context.fillRect(p % MAP_SIDE, Math.floor(p / MAP_SIDE), 1, 1);
          }
        }}
      />
      <p class="muted">
        Every kernel with <i>a</i> at two corners (right is +) and <i>b</i> at the others (up is +). Green is right, violet is wrong. Click to try one.
      </p>
    </div>
  );
}

export function Catch() {
  const b = batch.value;
  const lead = "Drag the squares. The kernel visits every spot; one spot above zero shouts “slash”.";
  useEffect(() => {
    filled.value = null;
    playing.value = false;
  }, [dataKey.value, index.value]);
  if (!b || !image.value) return <Screen number={2} title="Catch it with four numbers" lead={lead}>{null}</Screen>;
  const s = state.value;
  const size = b.size;
  const side = size - 1;
  const kernel = kernelOf(s);
  const sums = responses(image.value, size, kernel);
  const best = largest(sums);
  const now = filled.value;
  const place = visited(Math.min(playing.value && now ? now - 1 : s.x, side * side - 1), side);
  const most = sums[best]!;
  const says = Number(most > 0);
  const truth = b.labels[index.value]!;
  const above = sums.reduce((n, v) => n + Number(v > 0), 0);
  const least = sums.reduce((m, v) => Math.min(m, v), 0);
  const scale = zoom(size, 420);
  const correct = scored.value?.correct ?? null;
  const describe = `${NAMES[truth]} at row ${b.rows[index.value]}, column ${b.cols[index.value]}; ${above} of ${side * side} responses above zero; largest ${signed(most)}.`;
  const point = (event: PointerEvent): void => {
    if (playing.value) return;
    const limit = (v: number): number => Math.max(0, Math.min(side - 1, Math.floor(v / scale)));
    filled.value = null;
    change({ x: stepOf(limit(event.offsetY), limit(event.offsetX), side) });
  };
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (by) {
      const limit = (v: number): number => Math.max(0, Math.min(side - 1, v));
      filled.value = null;
      change({ x: stepOf(limit(place.row + by[0]!), limit(place.col + by[1]!), side) });
    } else if (event.key === " ") slide();
    else if (event.key === ".") step();
    else return;
    event.preventDefault();
  };
  const box = (row: number, col: number, n: number) => ({ left: `${col * scale}px`, top: `${row * scale}px`, width: `${n * scale}px`, height: `${n * scale}px` });
  return (
    <Screen number={2} title="Catch it with four numbers" lead={lead}>
      <div class="station">
      <div class="bench">
        <figure class="pic">
          <figcaption>
            <b>Picture {index.value}</b>
            <span class="buttons">
              <button aria-label="Previous picture" disabled={index.value === 0} onClick={() => change({ i: index.value - 1 })}>←</button>
              <button aria-label="Next picture" disabled={index.value === b.count - 1} onClick={() => change({ i: index.value + 1 })}>→</button>
            </span>
          </figcaption>
          <Painting wide={size} high={size} scale={scale} deps={[image.value]} paint={(c) => grays(c, image.value!, size)} role="group" tabIndex={0} id="picture" aria-label={`The picture. ${describe} Arrow keys move the window, space slides, full stop steps.`} onKeyDown={keys} onPointerMove={point}>
            <span class="window" style={box(place.row, place.col, 2)} />
          </Painting>
        </figure>
        <div class="kernel">
          <p>
            <b>Kernel</b> <span class="muted">drag ↕ or type</span>
          </p>
          <div class="cells" role="group" aria-label="Four weights">
            {[0, 1, 2, 3].map((k) => (
              <Cell k={k} />
            ))}
          </div>
          <div class="buttons">
            <button onClick={() => setKernel([kernel[1], kernel[0], kernel[3], kernel[2]])}>Mirror</button>
            <button onClick={() => setKernel([0, 0, 0, 0])}>Clear</button>
          </div>
          <p class="muted where">
            window at row {place.row}, column {place.col}
          </p>
          <Sums row={place.row} col={place.col} />
        </div>
        <figure class="resp">
          <figcaption>
            <b>Response</b>
            <span class="muted wide">
              {side} × {side} sums
            </span>
          </figcaption>
          <Painting
            wide={3 * side}
            high={3 * side}
            scale={scale / 3}
            id="response"
            data-filled={now ?? side * side}
            deps={[image.value, s.k.join(), now]}
            onPointerMove={point}
            role="img"
            aria-label={`Responses. ${describe}`}
            paint={(context) => {
              context.fillStyle = tokens.value.surface;
              context.fillRect(0, 0, 3 * side, 3 * side);
              for (let p = 0; p < side * side; p++) {
                const [row, col] = [Math.floor(p / side), p % side];
                if (now !== null && stepOf(row, col, side) >= now) continue;
                const value = sums[p]!;
                const depth = least < 0 ? Math.max(0, 1 - value / least) : 1;
                const part = dark.value ? 29 + 90 * depth ** 3 : 255 - 110 * depth ** 3;
                context.fillStyle = value > 0 ? tokens.value.slash : `rgb(${part},${part},${part})`;
                context.fillRect(3 * col, 3 * row, 3, 3);
                if (value > 0) {
                  context.fillStyle = tokens.value.surface;
                  context.fillRect(3 * col + 1, 3 * row + 1, 1, 1);
                }
              }
            }}
          >
            {now === null && <span class="ring" style={{ left: `${((best % side) + 0.5) * scale}px`, top: `${(Math.floor(best / side) + 0.5) * scale}px` }} />}
            <span class="window" style={box(place.row, place.col, 1)} />
          </Painting>
          <p class="muted legend">
            grey: silent; <span class="slash">■</span> above 0; ○ the largest
          </p>
        </figure>
      </div>
      <div class="strip">
        <button class="primary" onClick={slide}>
          {playing.value ? "Pause" : "▶ Slide"}
        </button>
        <button onClick={step} class="wide">
          Step
        </button>
        <p class="verdict">
          <span class="wide">largest </span>
          <b class="number">{signed(most)}</b> <span class="wide">{says ? "is above 0" : "is not above 0"}:</span> <Glyph label={says} /> <span>{says === truth ? "✓" : "✗"}</span>
          <span class="hidden">{says === truth ? "right" : "wrong"}</span>
        </p>
        <p class="score">
          <b class="number" id="score">
            {correct ?? "…"}
          </b>{" "}
          <span>of {b.count}</span>
        </p>
      </div>
      </div>
      <p class="advice" id="advice">
        {correct === null ? "" : advice(correct, b.count, kernel)}
      </p>
      <div class="buttons">
        <label class="inline">
          Slide by{" "}
          <select value={s.y} onChange={(e) => change({ y: e.currentTarget.value as "1" | "2" | "3" })}>
            <option value="1">whole picture</option>
            <option value="2">row</option>
            <option value="3">step</option>
          </select>
        </label>
        <May hide="hint">
          <button
            onClick={() => {
              hints.value = Math.min(2, hints.value + 1);
              whispered.value = "Hint: ink is 0 and light is 1. A minus punishes light.";
            }}
          >
            Hint
          </button>
        </May>
        {hints.value >= 2 && (
          <May hide="solve">
            <button onClick={() => setKernel(SOLVED)}>Solve</button>
          </May>
        )}
      </div>
      {hints.value >= 1 && <p>Ink is 0 and light is 1. A minus punishes light: put it where a slash has ink, and let the light beside it count a little.</p>}
      {hints.value >= 2 && (
        <May hide="map">
          <TreasureMap />
        </May>
      )}
      <Note minutes={10} question="Why does painting a slash (plus where the ink is) fail?" answer="Ink is 0. A weight times 0 is 0, so plus weights only count light, which is everywhere. The kernel must forbid light where ink should be." />
    </Screen>
  );
}
