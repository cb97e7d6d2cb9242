// Screen 2: four numbers slide over a picture.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask, on } from "./client";
import { largest, mirrored, offsets, resized, responses, sideOf, SOLVED, stepOf, visited, type Kernel } from "./kernel";
import { Glyph, May, NAMES, Next, Note, NumberField, Screen, signed, Sums } from "./parts";
import { grays, Painting, zoom } from "./pictures";
import { change, FIELDS, kernelOf, state, whispered } from "./state";
import { batch, dark, dataKey, image, index, scored, still, tokens, weightColour, whole } from "./store";

/** Responses computed so far while the kernel slides; null when all are shown. */
const filled = signal<number | null>(null);
const playing = signal(false);
const hints = signal(0);
const heat = signal<{ side: number; accuracy: Float32Array } | null>(null);
on("map", (answer) => (heat.value = answer));

const HINTS = [
  "Ink is 0 and light is 1. A minus punishes light: put it where a slash has ink, and let the light beside it count a little.",
  "The map shows how good each kernel with equal opposite corners is.",
] as const;
const MAP_SIDE = 41;

const setKernel = (kernel: Kernel): void => {
  filled.value = null;
  change({ q: sideOf(kernel), k: kernel.map((v) => Math.max(-300, Math.min(300, Math.round(v * 100)))) });
};

const setWeight = (k: number, value: number): void => setKernel(kernelOf(state.value).map((v, j) => (j === k ? value : v)));

function nameOf(k: number, side: number): string {
  const [row, col] = [Math.floor(k / side), k % side];
  return side === 2 ? `${row ? "bottom" : "top"} ${col ? "right" : "left"}` : `row ${row}, column ${col}`;
}

function Cell({ k }: { k: number }) {
  const cell = useRef<HTMLDivElement>(null);
  const value = state.value.k[k]! / 100;
  const [r, g, b] = weightColour(value, 1);
  const light = 0.299 * r + 0.587 * g + 0.114 * b > 140;
  // A press without a move starts typing; a drag must not open a keyboard.
  const press = (down: PointerEvent): void => {
    const target = cell.current!;
    const before = value;
    let moved = false;
    down.preventDefault();
    target.setPointerCapture(down.pointerId);
    const move = (e: PointerEvent): void => {
      const by = down.clientY - e.clientY;
      moved ||= Math.abs(by) > 2;
      if (moved) setWeight(k, before + (by / 100) * (e.shiftKey ? 5 : 1));
    };
    const end = (e: PointerEvent): void => {
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", end);
      target.removeEventListener("pointercancel", end);
      if (e.type === "pointercancel" || moved) return;
      const field = target.querySelector("input")!;
      field.focus();
      field.select();
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", end);
    target.addEventListener("pointercancel", end);
  };
  return (
    <div ref={cell} class="cell" style={{ background: `rgb(${r},${g},${b})`, color: light ? "#000" : "#fff" }} onPointerDown={press} onMouseDown={(e) => e.preventDefault()}>
      <NumberField value={value} low={-3} high={3} step={0.05} label={`Weight ${nameOf(k, state.value.q)}`} change={(v) => setWeight(k, v)} />
    </div>
  );
}

/** Windows along each side of the picture. */
const windows = (): number => batch.value!.size - state.value.q + 1;

function step(): void {
  const last = windows() ** 2 - 1;
  const next = filled.value === null ? 1 : Math.min(filled.value, last);
  filled.value = next + 1;
  change({ x: next });
}

function finish(): void {
  const side = windows();
  const best = largest(responses(image.value!, batch.value!.size, kernelOf(state.value)));
  playing.value = false;
  filled.value = null;
  change({ x: stepOf(Math.floor(best / side), best % side, side) });
}

function slide(): void {
  if (playing.value) {
    playing.value = false;
    return;
  }
  const side = windows();
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
  if (correct === count) return `All ${count}! Every single one.`;
  if (kernel.every((v) => v === 0)) return "All are 0: no sum is above zero, so every answer is backslash, and half of them are right. Drag a square up or down.";
  if (correct < count / 8) return "Wrong every time? You found backslashes! Mirror it.";
  if (kernel.every((v) => v >= 0)) {
    const [a, b, c, d] = kernel;
    if (kernel.length === 4 && b! > 0 && c! > 0 && !a && !d) return "You painted a slash, but ink is 0: it adds nothing, whatever the number. Only light counts.";
    return "Light is 1, and it is everywhere: without a minus, every spot shouts slash.";
  }
  if (kernel.every((v) => v <= 0)) return "Nothing can rise above zero with minuses alone. Which spots should shout?";
  if (kernel.length === 4 && kernel[0]! > 0 && kernel[3]! > 0 && kernel[1]! < 0 && kernel[2]! < 0) return "Almost! How strong can the plus be, so that two dark pixels are enough but one is not?";
  return "Some are caught. Where should light be punished, and where should it help?";
}

function TreasureMap() {
  const h = heat.value;
  useEffect(() => {
    heat.value = null;
    if (batch.value) ask("map", { side: MAP_SIDE });
  }, [batch.value]);
  const scale = whole(6);
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
      <p>
        Every kernel with <i>a</i> at top left and bottom right (right is +1, left is −1) and <i>b</i> at the other two (up is +1, down is −1). Green is right, violet is wrong, in between is half. Click to try one.
      </p>
    </div>
  );
}

export function Catch() {
  const b = batch.value;
  const lead = "Drag the squares. They visit every spot, multiply the light and add up: one spot above zero shouts “slash”.";
  useEffect(() => {
    filled.value = null;
    playing.value = false;
  }, [dataKey.value, index.value, state.value.q]);
  if (!b || !image.value) return <Screen number={2} title="Catch it with four numbers" lead={lead}>{null}</Screen>;
  const s = state.value;
  const { size } = b;
  const side = windows();
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
  const limit = (v: number): number => Math.max(0, Math.min(side - 1, v));
  const move = (row: number, col: number): void => {
    filled.value = null;
    change({ x: stepOf(limit(row), limit(col), side) });
  };
  const point = (event: PointerEvent): void => {
    if (!playing.value) move(Math.floor(event.offsetY / scale), Math.floor(event.offsetX / scale));
  };
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (by) move(place.row + by[0]!, place.col + by[1]!);
    else if (event.key === " ") slide();
    else if (event.key === ".") step();
    else return;
    event.preventDefault();
  };
  const box = (n: number) => ({ left: `${place.col * scale}px`, top: `${place.row * scale}px`, width: `${n * scale}px`, height: `${n * scale}px` });
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
            <Painting wide={size} high={size} scale={scale} deps={[image.value]} paint={(c) => grays(c, image.value!, size)} role="group" tabIndex={0} id="picture" aria-label={`The picture. ${describe} Arrow keys move the window, space slides, full stop steps.`} onKeyDown={keys} onPointerMove={point} onPointerDown={point}>
              <span class="window" style={box(s.q)} />
            </Painting>
          </figure>
          <div class="kernel" data-side={s.q}>
            <p class="title">
              <b>Kernel</b> <span class="muted">drag ↕ or type</span>
            </p>
            <div class="cells" role="group" aria-label={`${s.q * s.q} weights`} style={{ gridTemplateColumns: `repeat(${s.q}, minmax(0, 1fr))` }}>
              {kernel.map((_, k) => (
                <Cell k={k} />
              ))}
            </div>
            <div class="beside">
              <div class="buttons">
                <button onClick={() => setKernel(mirrored(kernel))}>Mirror</button>
                <button onClick={() => setKernel(resized([], s.q))}>Clear</button>
              </div>
              <p class="where">
                <span class="muted">
                  row {place.row}, column {place.col}
                </span>{" "}
                <button onClick={step}>Step</button>
              </p>
              <Sums kernel={kernel} pixels={offsets(kernel, size).map((by) => image.value![place.row * size + place.col + by]!)} />
            </div>
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
              onPointerDown={point}
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
              {now === null && most > least && <span class="ring" style={{ left: `${((best % side) + 0.5) * scale}px`, top: `${(Math.floor(best / side) + 0.5) * scale}px` }} />}
              <span class="window" style={box(1)} />
            </Painting>
            <p class="muted legend">
              grey: silent; <span class="slash">■</span> above 0; ○ the largest
            </p>
          </figure>
          <p class="advice" id="advice">
            {correct === null ? "" : advice(correct, b.count, kernel)} {correct === b.count && <Next to={3}>Why does it never miss?</Next>}
          </p>
        </div>
        <div class="strip">
          <button class="primary" onClick={slide}>
            {playing.value ? "Pause" : "▶ Slide"}
          </button>
          <p class="verdict">
            <span>
              <span class="wide">largest </span>
              <b class="number">{signed(most)}</b>
              <span class="wide"> is {says ? "" : "not "}above 0:</span>
            </span>{" "}
            <span>
              <Glyph label={says} /> <span aria-hidden="true">{says === truth ? "✓" : "✗"}</span>
              <span class="hidden">{says === truth ? "right" : "wrong"}</span>
            </span>
          </p>
          <p class="score">
            <b class="number" id="score">
              {correct ?? "…"}
            </b>{" "}
            <span>of {b.count}</span>
          </p>
        </div>
      </div>
      <div class="buttons">
        <label class="inline">
          Slide by{" "}
          <select value={s.y} onChange={(e) => change({ y: e.currentTarget.value as "1" | "2" | "3" })}>
            <option value="1">whole picture</option>
            <option value="2">row</option>
            <option value="3">step</option>
          </select>
        </label>
        <label class="inline">
          Kernel{" "}
          <select value={s.q} onChange={(e) => setKernel(resized(kernel, Number(e.currentTarget.value)))}>
            {Array.from({ length: FIELDS.q.high - 1 }, (_, k) => (
              <option value={k + 2}>
                {k + 2} × {k + 2}
              </option>
            ))}
          </select>
        </label>
        <May hide="hint">
          {hints.value < HINTS.length && (
            <button
              onClick={() => {
                whispered.value = `Hint: ${HINTS[hints.value]}`;
                hints.value++;
              }}
            >
              {hints.value ? "Another hint" : "Hint"}
            </button>
          )}
        </May>
        {hints.value >= HINTS.length && (
          <May hide="solve">
            <button onClick={() => setKernel(resized(SOLVED, s.q))}>Solve</button>
          </May>
        )}
      </div>
      {HINTS.slice(0, hints.value).map((hint) => (
        <p>{hint}</p>
      ))}
      {hints.value >= HINTS.length && (
        <May hide="map">
          <TreasureMap />
        </May>
      )}
      <Note minutes={10} question="Why does painting a slash (plus where the ink is) fail?" answer="Ink is 0. A weight times 0 is 0, so plus weights only count light, which is everywhere. The kernel must forbid light where ink should be." />
    </Screen>
  );
}
