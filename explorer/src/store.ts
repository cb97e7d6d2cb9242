// What the page knows besides its state: the images, the score, the theme.

import { batch as together, computed, effect, signal } from "@preact/signals";
import { ask, on } from "./client";
import { type Batch } from "./draw";
import { type Scored } from "./kernel";
import { kernelOf, parse, rowsShown, said, specOf, state, write } from "./state";

export const batch = signal<Batch | null>(null);
/** All images of the batch, one below the other. */
export const atlas = signal<ImageData | null>(null);
export const scored = signal<Scored | null>(null);
export const width = signal(1280);
/** Pixels of the screen in one of CSS. */
const density = signal(1);
/** The nearest size in CSS pixels that is whole pixels of the screen. */
export const whole = (size: number): number => Math.max(1, Math.floor(size * density.value)) / density.value;

const prefersDark = signal(false);
const prefersStill = signal(false);
export const dark = computed(() => (state.value.th === "auto" ? prefersDark.value : state.value.th === "dark"));
export const still = computed(() => state.value.mo === "off" || prefersStill.value);

/** The image that is shown large. */
export const index = computed(() => Math.min(state.value.i, Math.max(0, (batch.value?.count ?? 1) - 1)));
export const image = computed(() => {
  const b = batch.value;
  const area = b ? b.size ** 2 : 0;
  return b ? b.pixels.subarray(index.value * area, (index.value + 1) * area) : null;
});

/** A text that identifies the images. */
export const dataKey = computed(() => JSON.stringify([specOf(state.value), state.value.d, rowsShown(state.value)]));
export const specKey = computed(() => JSON.stringify(specOf(state.value)));
const kernelKey = computed(() => state.value.k.join());

export const tokens = computed(() =>
  dark.value
    ? { bg: "#111317", surface: "#1A1D23", ink: "#F1F1EC", muted: "#A6AAB3", slash: "#FF9B5E", zero: [36, 39, 46], minus: [197, 139, 235], plus: [79, 197, 140] }
    : { bg: "#F7F7F4", surface: "#FFFFFF", ink: "#17181C", muted: "#5B5E66", slash: "#B5400B", zero: [241, 241, 236], minus: [122, 46, 158], plus: [15, 112, 72] },
);

/** From violet through transparent to green. */
export function weightColour(value: number, most: number): [number, number, number] {
  const { zero, minus, plus } = tokens.value;
  const part = Math.min(1, Math.abs(value) / (most || 1));
  const end = value < 0 ? minus : plus;
  return [0, 1, 2].map((k) => Math.round(zero[k]! + (end[k]! - zero[k]!) * part)) as [number, number, number];
}

function watch(query: string, tell: (matches: boolean) => void): void {
  const media = matchMedia(query);
  tell(media.matches);
  media.addEventListener("change", () => tell(media.matches));
}

/** The number of links read so far. */
export const arrivals = signal(0);

function readHash(): void {
  const { state: given, notes } = parse(location.hash);
  state.value = given;
  if (notes.length) said.value = notes.join(" ");
  arrivals.value++;
}

export function beginStore(): void {
  watch("(prefers-color-scheme: dark)", (m) => (prefersDark.value = m));
  watch("(prefers-reduced-motion: reduce)", (m) => (prefersStill.value = m));
  const measure = (): void => {
    width.value = document.documentElement.clientWidth;
    density.value = devicePixelRatio;
  };
  measure();
  addEventListener("resize", measure);
  readHash();
  addEventListener("hashchange", () => {
    if (location.hash !== write(state.value)) readHash();
  });

  on("draw", (drawn) =>
    together(() => {
      const { size, count } = (batch.value = drawn.batch);
      atlas.value = new ImageData(drawn.shades, size, size * count);
    }),
  );
  on("score", (result) => {
    scored.value = result;
  });
  effect(() => {
    void dataKey.value;
    const s = state.peek();
    scored.value = null;
    ask("draw", { spec: specOf(s), split: s.d, count: rowsShown(s) });
  });
  effect(() => {
    void kernelKey.value;
    if (batch.value) ask("score", { kernel: kernelOf(state.peek()) });
  });
  effect(() => {
    const root = document.documentElement;
    root.dataset.theme = dark.value ? "dark" : "light";
    root.classList.toggle("projector", state.value.pj);
    root.classList.toggle("still", still.value);
  });
  let timer = 0;
  effect(() => {
    const hash = write(state.value);
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      try {
        history.scrollRestoration = "manual";
        if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname + location.search);
        if (location.ancestorOrigins?.[0] === "https://huggingface.co") parent.postMessage({ hash }, "https://huggingface.co");
      } catch {
        // In a notebook's frame there is no address to change; Share shows the link as text.
      }
    }, 120);
  });
}
