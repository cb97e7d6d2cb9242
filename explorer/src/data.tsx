// The choice of images: presets, parameters, the Python line.

import { REGIONS, type Variant } from "./draw";
import { Copy, May, NumberField } from "./parts";
import { CONFIG_NAMES, variantOf } from "./sources";
import { change, changeConfig, changeVariant, FIELDS, most, PARAMETERS, pythonLine, said, state, type Range } from "./state";

const LABELS: Readonly<Partial<Record<keyof Variant, string>>> = {
  noise: "Noise, peak to peak",
  contrast: "Contrast",
  stroke_length: "Stroke length, pixels",
  stroke_width: "Stroke width, pixels",
  max_rotation: "Largest turn, degrees",
  image_size: "Image size, pixels",
};

/** The permutation of the switch: that of the config `shuffled`. */
const PERMUTATION = variantOf("shuffled").pixel_permutation;

const parameter = (name: keyof Variant) => ({
  range: FIELDS[PARAMETERS[name]] as unknown as Range,
  value: state.value[PARAMETERS[name]] as number,
  set: (v: number) => changeVariant({ [name]: v }),
});

function Slider({ label, range: { low, high, step }, value, set }: { label: string; range: Range; value: number; set(v: number): void }) {
  return (
    <div class="slider">
      <span>{label}</span>
      <input type="range" aria-label={label} min={low} max={high} step={step} value={value} onInput={(e) => set(Number(e.currentTarget.value))} />
      <NumberField value={value} low={low} high={high} step={step} label={`${label}, as a number`} change={set} />
    </div>
  );
}

export function Data() {
  const s = state.value;
  return (
    <May hide="data">
      <details id="data" class="panel">
        <summary>
          The pictures: <b>{s.c}</b>, {s.d} split
        </summary>
        <May hide="preset">
          <div class="buttons" role="group" aria-label="Config">
            {CONFIG_NAMES.map((name) => (
              <button aria-pressed={s.c === name} onClick={() => changeConfig(name)}>
                {name}
              </button>
            ))}
          </div>
        </May>
        {s.c === "original" && <p class="muted">The author's own 750 + 250 pictures of 2019; original-float64 has the same, unrounded. They are fixed: any change switches to fresh draws.</p>}
        <div class="sliders">
          {Object.entries(LABELS).map(([name, label]) => (
            <Slider label={label} {...parameter(name as keyof Variant)} />
          ))}
          <May hide="rows">
            {(["t", "u"] as const).map((key) => (
              <Slider label={key === "t" ? "Pictures to learn from" : "New pictures"} range={{ ...FIELDS[key], high: most(s)[key] }} value={s[key]} set={(v) => change({ [key]: v })} />
            ))}
          </May>
          {(["train_region", "test_region"] as const).map((name) => (
            <label class="slider">
              <span>{name === "train_region" ? "Train strokes" : "Test strokes"} where</span>
              <select value={s[PARAMETERS[name]]} onChange={(e) => changeVariant({ [name]: e.currentTarget.value })}>
                {REGIONS.map((region) => (
                  <option>{region}</option>
                ))}
              </select>
            </label>
          ))}
          <label class="slider">
            <span>Split</span>
            <select value={s.d} onChange={(e) => change({ d: e.currentTarget.value as "train" | "test", i: 0 })}>
              <option>test</option>
              <option>train</option>
            </select>
          </label>
          <May hide="seed">
            <label class="slider">
              <span>Seed</span>
              <input
                inputMode="numeric"
                value={s.e}
                disabled={s.c === "original"}
                onChange={(e) => {
                  const value = FIELDS.e.read(e.currentTarget.value);
                  if (value === null) said.value = "A seed is a whole number from 0 to 2^64 - 1.";
                  change({ e: value ?? s.e });
                  e.currentTarget.value = state.value.e;
                }}
              />
            </label>
          </May>
          <May hide="shuffle">
            <label class="slider">
              <span>Shuffle the pixels</span>
              <input type="checkbox" checked={s.p !== 0} onChange={(e) => changeVariant({ pixel_permutation: e.currentTarget.checked ? PERMUTATION : 0 })} />
            </label>
          </May>
        </div>
        <p class="muted">Image size goes up to {FIELDS.z.high} here and 512 in the package, stroke width up to {FIELDS.w.high} and 64.</p>
        <May hide="python">
          <p>Exactly these pictures, in Python:</p>
          <Copy text={pythonLine(s)} label="Python call that gives these pictures" />
        </May>
      </details>
    </May>
  );
}
