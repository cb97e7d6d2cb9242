// Screen 3: why it never misses.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, on } from "./client";
import { imageOf } from "./draw";
import { guaranteed, largest, offsets, responses, type Kernel } from "./kernel";
import { Glyph, Next, Note, NumberField, Screen, Sums } from "./parts";
import { Curves, grays, Painting } from "./pictures";
import { change, state } from "./state";
import { batch, index, whole } from "./store";

const VALUES = Array.from({ length: 49 }, (_, k) => k / 80);
const strength = signal(0.35);
const measured = signal<number[]>([]);
on("curve", (answer) => (measured.value = answer));

/** The loudest spot of an image. */
function Best({ row, kernel }: { row: number; kernel: Kernel }) {
  const b = batch.value!;
  const pixels = imageOf(b, row);
  const sums = responses(pixels, b.size, kernel);
  const side = b.size - 1;
  const best = largest(sums);
  const at = Math.floor(best / side) * b.size + (best % side);
  const four = offsets(kernel, b.size).map((by) => pixels[at + by]!);
  const label = b.labels[row]!;
  return (
    <div class="best">
      <Painting wide={2} high={2} scale={whole(60)} deps={[at, pixels]} paint={(c) => grays(c, Uint8Array.from(four), 2)} role="img" aria-label={`The loudest spot: ${four.map((v) => (v / 255).toFixed(2)).join(", ")}`} />
      <div>
        <p>
          The loudest spot of a <Glyph label={label} /> (picture {row}):
        </p>
        <Sums kernel={kernel} pixels={four} />
        <p>{sums[best]! > 0 ? "Above zero: it shouts." : "Not above zero: silent."}</p>
      </div>
    </div>
  );
}

export function AndOr() {
  const b = batch.value;
  const s = state.value;
  useEffect(() => {
    measured.value = [];
    if (b) ask("curve", { values: VALUES });
  }, [b]);
  const a = strength.value;
  const kernel: Kernel = [a, -1, -1, a];
  const lead = "Two dark neighbours make one sum positive: an AND. The maximum asks “anywhere?”: an OR.";
  if (!b) return <Screen number={3} title="An AND, then an OR" lead={lead}>{null}</Screen>;
  const known = s.r === 0 && s.w === 1 && s.p === 0;
  const [low, high] = guaranteed(s.n, s.o);
  const of = (label: number): number => Math.max(0, Array.from({ length: b.count }, (_, k) => (index.value + k) % b.count).find((i) => b.labels[i] === label) ?? 0);
  const nearest = VALUES.reduce((best, v, k) => (Math.abs(v - a) < Math.abs(VALUES[best]! - a) ? k : best), 0);
  return (
    <Screen number={3} title="An AND, then an OR" lead={lead}>
      <div class="two">
        <div>
          <div class="slider">
            <span>
              <i>a</i> in (a, −1, −1, a)
            </span>
            <input type="range" aria-label="a" min="0" max="0.6" step="0.005" value={a} onInput={(e) => (strength.value = Number(e.currentTarget.value))} />
            <NumberField value={a} low={0} high={0.6} step={0.005} label="a, as a number" change={(v) => (strength.value = v)} />
          </div>
          <Curves
            lines={[{ points: measured.value.map((y, k) => [VALUES[k]!, y] as const), dashed: false }]}
            from={0}
            to={0.6}
            mark={a}
            {...(known && low < high ? { band: [low, high] as [number, number] } : {})}
            high={120}
            label={`Accuracy over a; at a = ${a}: ${measured.value[nearest]?.toFixed(3) ?? "not measured yet"}`}
          />
          <p class="axis">
            <span>a = 0</span>
            <span>0.3</span>
            <span>0.6</span>
          </p>
          <p>
            Measured near <i>a</i> = {VALUES[nearest]!.toFixed(3)}: <b class="number">{measured.value[nearest]?.toFixed(3) ?? "…"}</b>.{" "}
            {known && low < high
              ? `Between ${low.toFixed(3)} and ${high.toFixed(3)} (shaded) no picture with this noise can ever be misread: two neighbours at their lightest win, one at its darkest loses.`
              : known
                ? "At this noise, no a is right on every possible picture."
                : "For turned, wide or shuffled strokes nothing is guaranteed here; the curve is measured."}
          </p>
          <button onClick={() => change({ q: 2, k: kernel.map((v) => Math.round(v * 100)) })}>Use it on screen 2</button>
        </div>
        <div>
          <Best row={of(1)} kernel={kernel} />
          <Best row={of(0)} kernel={kernel} />
          <p>A backslash never puts two dark pixels on the minuses.</p>
          <Next to={4}>Can it be learned?</Next>
        </div>
      </div>
      <Note minutes={7} question="What happens at a = 0, and at a = 0.6? Why?" answer="At 0 nothing is ever above zero: all backslash. At 0.6 one dark pixel is enough: all slash. In between the sum is an AND." />
    </Screen>
  );
}
