// What a link says, and what of it survives.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { exists } from "../src/draw";
import { wilson } from "../src/interval";
import { Random } from "../src/random";
import { CONFIG_NAMES } from "../src/sources";
import { defaults, FIELDS, HIDEABLE, limited, parse, PARAMETERS, pythonLine, variantIn, write, type Key, type Range, type State } from "../src/state";

const KEYS = Object.keys(FIELDS) as Key[];

/** A state whose values are what the table's own readers make of arbitrary text. */
function randomState(random: Random): State {
  const config = CONFIG_NAMES[Math.floor(random.uniform() * CONFIG_NAMES.length)]!;
  const state = defaults(config) as Record<Key, unknown>;
  const texts = ["0", "1", "3", "7.25", "-2", "99", "1e9", "18446744073709551616", "left", "dark", "off", "train", "random8", "l8", "10,-20,30,-400", "data.hint", "a / b & c = d"];
  for (const key of KEYS) {
    if (key === "c" || random.uniform() < 0.6) continue;
    const value = FIELDS[key].read(texts[Math.floor(random.uniform() * texts.length)]!);
    if (value !== null) state[key] = value;
  }
  const made = state as State;
  if (config === "original" || !exists(variantIn(made))) {
    const own = defaults(config) as Record<Key, unknown>;
    for (const key of Object.values(PARAMETERS)) (made as Record<Key, unknown>)[key] = own[key];
  }
  return limited(made).state;
}

test("a link gives back the state that wrote it, without a word", () => {
  const random = new Random(1, 1);
  for (let round = 0; round < 2000; round++) {
    const state = randomState(random);
    const link = write(state);
    const read = parse(link);
    assert.deepEqual(read.state, state, link);
    assert.deepEqual(read.notes, [], link);
    assert.equal(write(read.state), link);
  }
});

test("only what differs from the config's own values is written", () => {
  for (const config of CONFIG_NAMES) {
    assert.equal(write(defaults(config)), config === "original" ? "" : `#v=1&c=${config}`);
  }
  assert.equal(write({ ...defaults("noisy"), n: 0.5 }), "#v=1&c=noisy&n=0.5");
});

test("whatever a link says, the state is allowed, and the reader is told", () => {
  const random = new Random(2, 2);
  for (let round = 0; round < 2000; round++) {
    const key = KEYS[Math.floor(random.uniform() * KEYS.length)]!;
    const noise = Array.from({ length: 4 }, () => String.fromCharCode(32 + Math.floor(random.uniform() * 94))).join("");
    const { state } = parse(`#${key}=${encodeURIComponent(noise)}&c=standard`);
    assert.ok(exists(variantIn(state)));
    assert.deepEqual(parse(write(state)).state, state);
  }
  for (const [link, word] of [["#n=2000&c=long", "nearest allowed is 4"], ["#c=nothing", "not allowed"], ["#zz=1", "is unknown"], ["#c=long&l=60", "does not fit"], ["#n=1", "2019 release is fixed"], ["#t=900", "here the nearest is 750"], ["#u=50&i=50", "here the nearest is 49"], ["#q=3&k=1,2,3,4", "here the nearest is 1,2,0,3,4,0,0,0,0"]] as const) {
    assert.match(parse(link).notes.join(" "), new RegExp(word), link);
  }
});

test("the Python line names what differs from the config", () => {
  assert.equal(pythonLine(defaults("original")), 'images, labels = slash_dataset.draw("original", "test", 0, 250)');
  assert.equal(
    pythonLine({ ...defaults("shifted"), n: 1, b: "top", e: "7" }),
    'images, labels = slash_dataset.draw("shifted", "test", 0, 250, seed=7, noise=1, test_region="top")',
  );
});

test("the table of links in the docs is that of the code", () => {
  const page = readFileSync("../docs/explorer.md", "utf8");
  const rows = [...page.matchAll(/^\| (`.+`) \| .+ \| (.+) \|$/gm)].map(([, keys, values]) => [keys!.match(/\w+/g)!, values!] as const);
  assert.deepEqual(rows.flatMap(([keys]) => keys), KEYS);
  for (const [keys, values] of rows) {
    const { low, high, choices } = FIELDS[keys[0] as Key] as Partial<Range & { choices: string[] }>;
    if (high !== undefined) assert.ok(values.startsWith(`${low} to ${high.toLocaleString("en")}`), `${keys}: ${values}`);
    if (choices && keys[0] !== "c") assert.deepEqual(values.match(/(?<=`)\w+(?=`)/g), choices, String(keys));
  }
  assert.ok(page.includes(Object.keys(HIDEABLE).map((id) => `\`${id}\``).join(", ")));
});

test("an interval holds its rate, and narrows with more answers", () => {
  assert.deepEqual(wilson(20, 20).map((v) => v.toFixed(3)), ["0.839", "1.000"]);
  const [few, many] = [wilson(15, 20), wilson(150, 200)];
  assert.ok(few[0] < many[0] && many[0] < 0.75 && 0.75 < many[1] && many[1] < few[1]);
});
