// Everything that a link can contain, as one typed table. Only what differs from its default is in the
// URL; every value in a link is clamped to the allowed range, and the page says what it clamped.

import { signal } from "@preact/signals";
import { exists, REGIONS, type Region, type Variant } from "./draw";
import { resized, type Kernel } from "./kernel";
import { STARTS, type ModelKey, type Start } from "./learning";
import { CONFIG_NAMES, variantOf, type ConfigName, type Spec } from "./sources";

/** Controls that a lesson can hide, and their names there. */
export const HIDEABLE = {
  data: "the pictures' panel",
  preset: "configs",
  seed: "seeds",
  rows: "numbers of rows",
  shuffle: "shuffle and shift",
  python: "the Python line",
  hint: "hints",
  map: "the map",
  solve: "Solve",
  models: "choice of models",
  start: "choice of starts",
  game: "the game",
  notes: "teachers' notes",
  nav: "numbers of screens",
  share: "Share",
} as const;
export type Hideable = keyof typeof HIDEABLE;
const HIDEABLE_IDS = Object.keys(HIDEABLE) as Hideable[];

interface Field<T> {
  fallback: T;
  write(value: T): string;
  /** The nearest allowed value; null if the text means nothing. */
  read(text: string): T | null;
}

function choice<T extends string>(choices: readonly T[], fallback: T): Field<T> & { choices: readonly T[] } {
  return { fallback, choices, write: (v) => v, read: (text) => (choices.includes(text as T) ? (text as T) : null) };
}

export interface Range {
  low: number;
  high: number;
  step: number;
}

function number(fallback: number, low: number, high: number, step = 1): Field<number> & Range {
  return {
    fallback,
    low,
    high,
    step,
    write: (v) => String(v),
    read: (text) => {
      const value = Number(text);
      if (text.trim() === "" || !Number.isFinite(value)) return null;
      const clamped = Math.min(high, Math.max(low, value));
      return step === 1 ? Math.round(clamped) : clamped;
    },
  };
}

function list(fallback: readonly number[], low: number, high: number, least: number, most: number): Field<readonly number[]> {
  return {
    fallback,
    write: (v) => v.join(","),
    read: (text) => {
      const values = text.split(",").map(Number);
      if (text === "" || values.some((v) => !Number.isFinite(v)) || values.length < least) return null;
      return values.slice(0, most).map((v) => Math.min(high, Math.max(low, Math.round(v))));
    },
  };
}

/** 0 for no limit, or milliseconds. */
const flash: Field<number> = {
  fallback: 0,
  write: String,
  read: (text) => {
    const value = number(0, 0, 2000).read(text);
    return value && Math.max(200, value);
  },
};

const flag: Field<boolean> = { fallback: false, write: (v) => (v ? "1" : "0"), read: (text) => (text === "1" ? true : text === "0" ? false : null) };

const seed: Field<string> = {
  fallback: "0",
  write: (v) => v,
  read: (text) => {
    if (!/^\d{1,40}$/.test(text)) return null;
    const value = BigInt(text);
    const most = (1n << 64n) - 1n;
    return String(value > most ? most : value);
  },
};

/** Letters of the URL: field. */
export const FIELDS = {
  s: number(1, 1, 5),
  c: choice<ConfigName>(CONFIG_NAMES, "original"),
  d: choice(["train", "test"] as const, "test"),
  // A slash in every config.
  i: number(1, 0, 9999),
  e: seed,
  n: number(0.5, 0, 4, 0.05),
  l: number(4, 2, 64),
  w: number(1, 1, 8, 0.25),
  o: number(1, 0, 1, 0.05),
  r: number(0, 0, 45, 1),
  z: number(30, 8, 64),
  p: number(0, 0, 4294967295),
  a: choice<Region>(REGIONS, "all"),
  b: choice<Region>(REGIONS, "all"),
  t: number(750, 10, 5000),
  u: number(250, 50, 2000),
  q: number(2, 2, 4),
  k: list([0, 0, 0, 0], -300, 300, 4, 16),
  x: number(0, 0, 3968),
  y: choice(["1", "2", "3"] as const, "1"),
  m: {
    fallback: "lm48",
    write: (v: string) => v || "-",
    read: (text: string) => (/^([lm48]+|-)$/.test(text) ? [..."lm48"].filter((key) => text.includes(key)).join("") : null),
  },
  j: number(0, 0, 4294967295),
  f: number(10, 1, 40),
  g: choice<Start>(STARTS, "friendly"),
  gl: list([5, 10, 15, 20], 0, 40, 1, 6),
  gn: number(5, 3, 25),
  gf: flash,
  h: {
    fallback: "",
    write: (v: string) => v,
    read: (text: string) => {
      const named = text.split(".");
      const known = HIDEABLE_IDS.filter((id) => named.includes(id));
      return known.length || text === "" ? known.join(".") : null;
    },
  },
  L: { fallback: "", write: (v: string) => v, read: (text: string) => text.slice(0, 280) },
  th: choice(["auto", "light", "dark"] as const, "auto"),
  mo: choice(["auto", "off"] as const, "auto"),
  pj: flag,
} as const;

export type Key = keyof typeof FIELDS;
type Value<K extends Key> = (typeof FIELDS)[K] extends Field<infer T> ? T : never;
export type State = { [K in Key]: Value<K> };

/** The field of each parameter of a variant. */
export const PARAMETERS = {
  noise: "n",
  stroke_length: "l",
  stroke_width: "w",
  contrast: "o",
  max_rotation: "r",
  image_size: "z",
  pixel_permutation: "p",
  train_region: "a",
  test_region: "b",
} as const satisfies Record<keyof Variant, Key>;

const KEYS = Object.keys(FIELDS) as Key[];
const fieldOf = (key: Key): Field<unknown> => FIELDS[key] as unknown as Field<unknown>;

/** The defaults; a variant's are those of its config, and a kernel's are blank. */
export function defaults(config: ConfigName, side = 2): State {
  const values = Object.fromEntries(KEYS.map((key) => [key, fieldOf(key).fallback]));
  for (const [name, key] of Object.entries(PARAMETERS)) values[key] = variantOf(config)[name as keyof Variant];
  return { ...values, c: config, q: side, k: resized([], side) } as unknown as State;
}

/** The largest values of some fields, which depend on others. */
export function most(s: State): Readonly<Record<"t" | "u" | "i" | "x", number>> {
  const [t, u] = s.c === "original" ? [750, 250] : [FIELDS.t.high, FIELDS.u.high];
  return { t, u, i: Math.min(s.d === "test" ? u : t, s[ROWS[s.d]]) - 1, x: (s.z - s.q + 1) ** 2 - 1 };
}

/** The field with the number of rows of each split. */
const ROWS = { train: "t", test: "u" } as const;
export const rowsShown = (s: State): number => s[ROWS[s.d]];

/** The state itself, or the nearest allowed one, with what was changed. */
export function limited(s: State): { state: State; changed: Key[] } {
  const limits = most(s);
  const changed = (Object.keys(limits) as (keyof typeof limits)[]).filter((key) => s[key] > limits[key]);
  const right = s.k.length === s.q ** 2;
  if (!changed.length && right) return { state: s, changed: [] };
  const lower = Object.fromEntries(changed.map((key) => [key, limits[key]]));
  return {
    state: { ...s, ...lower, ...(right ? {} : { k: resized(s.k, s.q) }) },
    changed: right ? changed : [...changed, "k"],
  };
}

export function variantIn(s: State): Variant {
  return Object.fromEntries(Object.entries(PARAMETERS).map(([name, key]) => [name, s[key]])) as unknown as Variant;
}

export function parse(hash: string): { state: State; notes: string[] } {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const notes: string[] = [];
  const config = FIELDS.c.read(given.get("c") ?? "original");
  const state = defaults(config ?? "original", FIELDS.q.read(given.get("q") ?? "2") ?? 2) as Record<Key, unknown>;
  for (const [key, text] of given) {
    if (key === "v") continue;
    if (!(key in FIELDS)) {
      notes.push(`The link says ${key}=${text}, which is unknown.`);
      continue;
    }
    const value = fieldOf(key as Key).read(text);
    if (value === null) notes.push(`The link says ${key}=${text}, which is not allowed: the default is used.`);
    else {
      state[key as Key] = value;
      const written = fieldOf(key as Key).write(value);
      if (written !== text && Number(written) !== Number(text)) notes.push(`The link says ${key}=${text}; the nearest allowed is ${written}.`);
    }
  }
  const parsed = state as State;
  if (parsed.c === "original" && Object.values(PARAMETERS).some((key) => given.has(key))) {
    parsed.c = "standard";
    notes.push("The 2019 release is fixed: the page shows standard, which draws from the same distribution.");
  }
  if (!exists(variantIn(parsed))) {
    const fixed = defaults(parsed.c);
    for (const key of Object.values(PARAMETERS)) (parsed as Record<Key, unknown>)[key] = fixed[key];
    notes.push("A stroke of the link does not fit into its image: the config's own values are used.");
  }
  const { state: allowed, changed } = limited(parsed);
  for (const key of changed) {
    if (given.has(key)) notes.push(`The link says ${key}=${given.get(key)}; here the nearest is ${fieldOf(key).write(allowed[key])}.`);
  }
  return { state: allowed, notes };
}

export function write(s: State): string {
  const usual = defaults(s.c, s.q);
  const parts = KEYS.filter((key) => {
    const w = fieldOf(key).write;
    return w(s[key]) !== w(key === "c" || key === "q" ? fieldOf(key).fallback : usual[key]);
  }).map((key) => `${key}=${encodeURIComponent(fieldOf(key).write(s[key])).replaceAll("%2C", ",")}`);
  return parts.length ? `#v=1&${parts.join("&")}` : "";
}

export const state = signal<State>(defaults("original"));
/** The last message of the page to everyone, also to screen readers. */
export const said = signal("");
/** The same, for messages that are visible anyway. */
export const whispered = signal("");

export function change(changes: Partial<State>): void {
  state.value = limited({ ...state.value, ...changes }).state;
}

/** Change a parameter of the variant; the original has none, so it becomes `standard`. */
export function changeVariant(changes: Partial<Variant>): void {
  const before = state.value;
  const now = { ...variantIn(before), ...changes };
  if (!exists(now)) {
    said.value = "With this value the stroke does not fit into its image; nothing was changed.";
    state.value = { ...before };
    return;
  }
  const letters = Object.fromEntries(Object.entries(changes).map(([name, value]) => [PARAMETERS[name as keyof Variant], value]));
  if (before.c === "original") said.value = "The 2019 release is fixed. These are fresh draws: config standard.";
  change({ ...letters, ...(before.c === "original" ? { c: "standard" as const } : {}) });
}

export function changeConfig(config: ConfigName): void {
  const fresh = defaults(config);
  change(Object.fromEntries(["c", "i", "x", ...Object.values(PARAMETERS)].map((key) => [key, fresh[key as Key]])) as Partial<State>);
}

export const specOf = (s: State): Spec => ({ config: s.c, variant: variantIn(s), seed: s.e });
export const kernelOf = (s: State): Kernel => s.k.map((v) => v / 100);
export const modelsOf = (s: State): ModelKey[] => (["4", "8", "l", "m"] as const).filter((key) => s.m.includes(key));
export const hidden = (id: Hideable): boolean => state.value.h.split(".").includes(id);
/** The same with one more or one fewer control hidden. */
export const hiding = (s: State, id: Hideable, hide: boolean): string =>
  HIDEABLE_IDS.filter((other) => (other === id ? hide : s.h.split(".").includes(other))).join(".");

/** The package's call that gives exactly the images shown. */
export function pythonLine(s: State): string {
  const own = variantOf(s.c);
  const changes = Object.entries(variantIn(s))
    .filter(([name, value]) => value !== own[name as keyof Variant])
    .map(([name, value]) => `, ${name}=${typeof value === "string" ? `"${value}"` : value}`);
  const seeded = s.c !== "original" && s.e !== "0" ? `, seed=${s.e}` : "";
  return `images, labels = slash_dataset.draw("${s.c}", "${s.d}", 0, ${rowsShown(s)}${seeded}${changes.join("")})`;
}
